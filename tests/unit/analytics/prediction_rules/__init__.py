"""Unit tests of analytics' rules of predictions."""
