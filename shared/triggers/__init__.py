"""When a runbook starts by itself: its triggers, and what they are held against, the same wherever that is asked."""
