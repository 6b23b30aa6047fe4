"""Public status pages: their components, what is published on them, and the uptime that follows from it.

Does I/O: `publisher`.
"""
