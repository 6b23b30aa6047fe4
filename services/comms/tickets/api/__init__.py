"""Tickets over HTTP: the projects that they go to, how each stands, and what Jira calls."""
