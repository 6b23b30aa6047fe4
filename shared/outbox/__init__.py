"""State, events and side documents in one write; what waits is handed on, then cleared."""
