"""The routes of the timeline and of an incident's alerts, and what they show."""
