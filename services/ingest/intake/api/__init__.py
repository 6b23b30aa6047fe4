"""The endpoints that take alerts in, and what every delivery has in common."""
