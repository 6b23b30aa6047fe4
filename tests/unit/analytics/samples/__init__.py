"""Unit tests of analytics' samples."""
