"""How an index is kept: its folder and files, what it was made by, and an entry in it.

Does I/O: `files`.
"""
