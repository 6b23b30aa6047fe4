"""The routes of dependencies and the map, and what they show."""
