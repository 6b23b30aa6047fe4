"""People as automation knows them: their roles and teams, by id, and who of them may be asked to approve."""
