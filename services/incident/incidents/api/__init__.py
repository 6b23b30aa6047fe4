"""The routes of incidents and their status, and what they show."""
