"""`/reports/dashboard`, `/reports/sla` and `/reports/figures/{name}/incidents`, and their view models."""
