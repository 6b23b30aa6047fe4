"""The routes of incidents and their status, links that acknowledge one, and what they show."""
