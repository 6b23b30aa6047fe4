"""The live stream: what happens, as server-sent events, read from the log of events.

Does I/O: `feed`.
"""
