"""`/postmortems…` with revisions, comments and documents, and their view models."""
