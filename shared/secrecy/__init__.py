"""What others may not read or forge: keys and signatures, sealed values, signed links, masked addresses."""
