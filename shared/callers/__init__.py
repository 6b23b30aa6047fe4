"""Who calls, as the gateway tells it, and what that caller may do."""
