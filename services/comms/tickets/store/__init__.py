"""Tickets, and the projects that they go to, in the database."""
