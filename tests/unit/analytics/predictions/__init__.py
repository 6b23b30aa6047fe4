"""Unit tests of analytics' predictions."""
