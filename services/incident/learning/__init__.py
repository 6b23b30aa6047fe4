"""What is learnt from an incident: its post-mortem, and what is to be done about it."""
