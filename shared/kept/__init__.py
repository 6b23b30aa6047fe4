"""What people keep by hand: entries with versions, and how they are shown and edited over HTTP."""
