"""What talks to the gateway: one connection, the errors that it can end in, and `IncidentManager` on top of it."""
