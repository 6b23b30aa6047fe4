"""An incident itself: its state, its statuses and clocks, how it is edited, listed and stored."""
