"""What automation keeps of services, open incidents and their alerts, as their owners tell of them.

Does I/O: `lookup`.
"""
