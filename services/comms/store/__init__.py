"""What comms keeps, one file for each kind."""
