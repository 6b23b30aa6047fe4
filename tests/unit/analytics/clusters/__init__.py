"""Unit tests of analytics' clusters."""
