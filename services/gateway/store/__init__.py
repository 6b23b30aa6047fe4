"""The gateway's own database, a file a question: keys, kept answers."""
