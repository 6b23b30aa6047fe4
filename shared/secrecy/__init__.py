"""What others may not read or forge: sealed values, signed links, masked addresses."""
