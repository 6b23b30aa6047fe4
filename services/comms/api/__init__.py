"""The HTTP side of comms, one file per noun."""
