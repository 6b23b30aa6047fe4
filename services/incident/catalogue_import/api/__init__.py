"""The routes that take and give the catalogue as a file, and what they show of an import."""
