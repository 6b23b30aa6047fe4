"""What becomes of the runbooks for which pages are held up: a failure ends the hold at once."""
