"""Pages on their way to people: each is stored, sent, tried again, withdrawn, kept up to date and told of.

Does I/O: `forgetting`, `message_updater`.
"""
