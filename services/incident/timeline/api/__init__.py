"""`/incidents/{id}/timeline` and `/incidents/{id}/alerts`, and their view models."""
