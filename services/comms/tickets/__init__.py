"""Tickets of action items in other systems: both are kept alike, whichever side changes.

Does I/O: `synchroniser`.
"""
