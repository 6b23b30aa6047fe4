"""Analytics on its real parts."""
