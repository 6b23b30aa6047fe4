"""Deleting what is in use: who would lose it is said first, and it is done when that is wanted all the same."""
