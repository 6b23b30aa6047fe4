"""A container engine for tests, and the images that they run on it."""
