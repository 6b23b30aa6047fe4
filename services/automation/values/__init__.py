"""Values that runbooks are filled in with: of the incident, of one of its alerts, and what a run was given. Pure."""
