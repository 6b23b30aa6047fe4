"""`/incidents`, `/incidents/{id}` and the changes of its status, and their view models."""
