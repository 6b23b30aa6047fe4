"""People as those who read what comms writes; nothing of who was erased.

Does I/O: `lookup`.
"""
