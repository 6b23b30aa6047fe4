"""Post-mortems and their comments as they are stored, and the evidence that a draft is made of."""
