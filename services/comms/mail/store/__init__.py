"""Letters, and how many strangers each key had mailed, in the database."""
