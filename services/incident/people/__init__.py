"""People as this service knows them: how each is called, and who is gone. The names come from on-call."""
