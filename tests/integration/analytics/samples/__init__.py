"""Integration tests of analytics' samples."""
