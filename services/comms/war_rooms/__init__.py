"""War rooms: an incident's video call and its Slack channel, kept current and archived.

Does I/O: `bookmarks`, `keeper`.
"""
