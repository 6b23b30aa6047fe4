"""Letters (mail that is no page), the mail server, and what all mail is made of.

Does I/O: `sender`.
"""
