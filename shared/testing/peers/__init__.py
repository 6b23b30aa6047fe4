"""Stand-ins of what Tocsin talks to, and the real ones where a test can run them."""
