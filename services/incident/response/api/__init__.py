"""The routes of what responders do, and the links that acknowledge an incident without a key."""
