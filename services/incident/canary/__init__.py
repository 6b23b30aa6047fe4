"""The canary's one incident: opened again by each canary, resolved when its page was handed over."""
