"""A service's part of what was forgotten: the gateway asks for it, and whose it is is told once a day.

`wiring.add_stale(runtime, find)` is all that a service needs; `find` tells what it has. Does I/O: all of it.
"""
