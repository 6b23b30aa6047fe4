"""Answers kept under idempotency keys, so that a write that is sent again is done once.

Does I/O: `replayer`.
"""
