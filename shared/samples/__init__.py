"""Samples of metrics on their way from whoever takes them in to analytics: a queue of their own, never the log."""
