"""Languages, and days, times and numbers as their readers know them. Pure."""
