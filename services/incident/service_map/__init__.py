"""Which service needs which, as a graph that can be walked: reach, blast radius, and the answers that show it.

Does I/O: `map_cache`, `response_cache`.
"""
