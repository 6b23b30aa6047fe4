"""What imports are known by, what is still to be told of them, and what an export reads."""
