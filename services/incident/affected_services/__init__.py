"""Which services of the map an incident is about, and how badly each is affected by those that are open.

Does I/O: `open_cache`.
"""
