"""The services: what may be written of one, and which service an alert, a change or an incident belongs to."""
