"""Samples of metrics as they are kept: blocks of ten minutes, and of each series what it may not reach."""
