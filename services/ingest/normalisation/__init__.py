"""From a sender's words to ours: what an alert says, cut and corrected with notes, and which alert it is."""
