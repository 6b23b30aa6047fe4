"""Which policies and people there are, of those that a thing of another service names: the gateway asks."""
