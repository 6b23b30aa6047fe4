"""Which runbooks start for an incident by themselves.

Does I/O: `trigger_cache`.
"""
