"""The one way in: who calls and whether they may, and the order in which a request is judged, answered or passed on.

Does I/O: `callers`, `entry`, `failures`, `incoming_body`, `limits`, `own_routes`, `service_proxy`, `token_cache`.
"""
