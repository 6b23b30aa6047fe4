"""The services behind the gateway: connections to them, their readiness, who owns an object, and passing requests on.

Does I/O: `connection`, `forwarder`, `ownership`, `readiness_worker`, `upstream`.
"""
