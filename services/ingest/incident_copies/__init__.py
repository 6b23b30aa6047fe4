"""What ingest remembers of incidents: which are open, and which alerts end with them."""
