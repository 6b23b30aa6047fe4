"""Alerts as they are stored: the present one of each dedup key, and those of before."""
