"""The gateway's own database, a file a question: keys, sessions, kept answers, the audit log."""
