"""What the gateway asks several services in a caller's name, and how they answer: one shape for both sides."""
