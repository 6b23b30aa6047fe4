"""Alerts about error budgets that burn: they go the way of all alerts, and share groups with each other alone."""
