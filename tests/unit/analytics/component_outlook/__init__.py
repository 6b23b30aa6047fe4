"""Unit tests of analytics' outlook of components."""
