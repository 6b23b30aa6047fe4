"""Examples of facts, of which there is no room where the others are."""
