"""The endpoints of API keys and integrations."""
