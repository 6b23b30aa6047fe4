"""What pages, letters, tickets and war rooms share: the outcome of an attempt, and what follows from it."""
