"""What time it is, for a process and on the wall of a zone, and the hours of a week."""
