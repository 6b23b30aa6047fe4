"""Ingest's own database: one file per noun."""
