"""Alerts: how messages of one dedup key are folded in order, what they become, when they expire, and what is told of
them.

Does I/O: `expiry_worker`, `writer`.
"""
