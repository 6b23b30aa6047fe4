"""People, and who was erased, in the database."""
