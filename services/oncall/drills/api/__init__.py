"""`/drills…`: planned, looked at, stopped; and their view models."""
