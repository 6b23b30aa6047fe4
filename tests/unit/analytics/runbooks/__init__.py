"""Unit tests of what analytics counts of runbooks."""
