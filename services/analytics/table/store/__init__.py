"""The copies that the table is made of, and how their documents are read."""
