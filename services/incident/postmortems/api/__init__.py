"""The routes of post-mortems, their revisions and comments, and what they show."""
