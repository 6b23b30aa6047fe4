"""`/predictions/rules`, and their view models."""
