"""`/actions…` and `/postmortems/{id}/actions…`, and their view models."""
