"""HTTP in: what monitoring delivers, a file for each sender's API, and alerts for people."""
