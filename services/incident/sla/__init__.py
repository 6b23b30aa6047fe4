"""What each priority promises, and the two clocks of an incident that are read against it."""
