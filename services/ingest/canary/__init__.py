"""Sends the canary each minute, hands its alert on, and sees whether its page was handed over at the other end.

Does I/O: `sending`, `heartbeat`.

Does I/O: `heartbeat`, `sending`.
"""
