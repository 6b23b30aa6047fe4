"""Incidents as they are stored, with their members and what lists of them need."""
