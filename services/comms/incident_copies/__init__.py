"""What comms keeps of the incident service's facts: how each incident stands, and what of it may be told outside.

Does I/O: `lookup`.
"""
