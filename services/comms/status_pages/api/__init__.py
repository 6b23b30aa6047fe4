"""Status pages over HTTP for those who have a key."""
