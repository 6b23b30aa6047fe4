"""Subscribers of status pages: double opt-in, each update once, one press to leave.

Does I/O: `mailer`.
"""
