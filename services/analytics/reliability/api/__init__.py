"""`/reports/reliability`, as JSON, CSV and SVG, and its view models."""
