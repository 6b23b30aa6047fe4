"""`GET /incidents/stale`: what was forgotten, each service's part asked of it; who did not answer is named.

Does I/O: `asking`.
"""
