"""Deliveries over HTTP: pages and letters to look at, and the channels that contact methods may use."""
