"""Calls to the outside, and the guard that keeps them from reaching inside."""
