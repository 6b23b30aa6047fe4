"""Approvals from messages and by signed links, beside those over HTTP; automation's own rules decide about each.

Does I/O: `answering`.
"""
