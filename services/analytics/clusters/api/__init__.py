"""`/analytics/trends` and `/analytics/clusters…`, and their view models."""
