"""How much and what samples may come with one request. Pure."""

from __future__ import annotations

MOST_SERIES = 5_000
MOST_POINTS = 200_000
LARGEST_NUMBER = 1e60
"""Of values and limits."""
LONGEST_NAME = 300
"""Characters of a host, a metric with its labels, or a service's name."""
OLDEST_SECONDS = 7 * 86_400
"""What is older is of no use to a forecast, and neither is what a clock that fell back to 1970 says."""
LONGEST_AHEAD_SECONDS = 300
"""A sender's clock may be ahead by so much."""
LONGEST_HORIZON_SECONDS = 90 * 86_400
