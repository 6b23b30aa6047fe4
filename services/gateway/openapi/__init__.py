"""The merged OpenAPI document of all services, and the pages for people: the first page and the documentation.

Does I/O: `specs`, `unpaged`.
"""
