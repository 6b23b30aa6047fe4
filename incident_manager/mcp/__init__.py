"""A Model Context Protocol server: incidents for agents, read-only unless told; it needs the extra `agents`.

Does I/O: `callers`, `server`.
"""
