"""Pictures of numbers, for documents and mails. Pure."""
