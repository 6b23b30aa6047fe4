"""What time it is, for a process, in the database and on the wall of a zone, and the hours of a week."""
