"""Makes what analytics copied of other services' facts anew: `make rebuild-analytics`.

Does I/O: `rebuilder`, `__main__`.
"""
