"""The routes of services, and what they show."""
