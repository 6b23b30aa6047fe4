"""API keys and integrations: what a key is and may do, whose it is, the keys that this process knows, and how they are
made, rotated and revoked.

Does I/O: `admin_key`, `key_cache`.
"""
