"""The routes of action items, by themselves and below their post-mortem, and what they show."""
