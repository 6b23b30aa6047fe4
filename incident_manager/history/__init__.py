"""Histories in files: reading rows out of JSON, JSON lines and CSV, and sending them to the gateway.

Does I/O: `rows`, `sending`.
"""
