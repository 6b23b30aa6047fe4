"""Unit tests of analytics' periods."""
