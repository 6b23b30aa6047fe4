"""HTTP in: the webhook, and alerts for people."""
