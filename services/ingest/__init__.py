"""Alerts in: reads what monitoring sends, knows which alert it is, and which incident it belongs to."""
