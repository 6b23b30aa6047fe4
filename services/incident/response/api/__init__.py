"""What responders do below `/incidents/{id}`, and `/a/{token}`, which acknowledges an incident without a key."""
