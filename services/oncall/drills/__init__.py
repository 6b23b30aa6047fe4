"""Drills: made-up alerts that go the whole way and reach real people, marked as a drill in every message, and scored.

Does I/O: `conductor`.
"""
