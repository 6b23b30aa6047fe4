"""Stakeholders over HTTP: groups, templates, and the updates that are sent."""
