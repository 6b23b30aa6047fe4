"""`/incidents/{id}/run-action` and `/executions`: runbooks are run, looked at and answered; their view models."""
