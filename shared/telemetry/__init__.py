"""What the outside can see of a running process: metrics and trace context."""
