"""Subscribers over HTTP: those whom people with a key manage, and what the public asks for itself."""
