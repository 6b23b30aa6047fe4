"""Status pages as the public reads them: HTML, feeds and JSON, shown from memory while the database is away.

Does I/O: `cache`.
"""
