"""What tests stand on: services run in the test's own process on real parts, and a way to wait for what must happen."""
