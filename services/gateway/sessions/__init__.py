"""Sessions of browsers: signing in with a key, the cookie, and the token that each write must show.

Does I/O: `session_cache`.
"""
