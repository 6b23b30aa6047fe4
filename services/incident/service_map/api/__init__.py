"""`/services/graph`, `/services/{id}/dependencies` and `/services/{id}/impact`, and their view models."""
