"""Pages on their way to people: each is stored, held by one process, sent, tried again, withdrawn, and told of.

Does I/O: `announcer`.
"""
