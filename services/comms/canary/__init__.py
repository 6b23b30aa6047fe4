"""The canary's page: handed over by a loopback, a channel that nobody can have for a contact method.

Does I/O: `loopback`.

Does I/O: `loopback`.
"""
