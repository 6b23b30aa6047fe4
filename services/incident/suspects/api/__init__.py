"""The routes of suspects and of verdicts on them, and what they show."""
