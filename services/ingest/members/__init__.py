"""What the members of a body say of themselves by name and form: the ways of reading a body of a shape nobody knows."""
