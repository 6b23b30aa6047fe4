"""Their endpoints, in their systems' own words."""
