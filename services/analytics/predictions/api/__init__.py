"""`/predictions/…`, and their view models."""
