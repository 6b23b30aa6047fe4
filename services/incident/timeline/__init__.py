"""What happened in an incident, entry by entry."""
