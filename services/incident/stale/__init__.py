"""What was forgotten here: incidents whose alerts went silent, acknowledged ones that nobody touches, overdue actions.

Does I/O: `finding`.
"""
