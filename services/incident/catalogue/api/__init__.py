"""`/services` and `/services/{id}`, and their view models."""
