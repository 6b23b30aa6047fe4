"""`/runbooks`: runbooks as JSON and as YAML, their versions, and their view models."""
