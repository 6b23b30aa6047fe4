"""Integration tests of analytics' rules of predictions."""
