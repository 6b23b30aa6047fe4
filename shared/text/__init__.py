"""From bytes that came from outside to text and JSON, within limits."""
