"""What alerts would become, should they come at some time: decided as always, and nothing of it is written or told."""
