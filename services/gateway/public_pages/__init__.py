"""Copies of public status pages, so that readers never wait for comms.

Does I/O: `cache`.
"""
