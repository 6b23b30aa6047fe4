"""The routes of what responders do."""
