"""The copy of the service catalogue, and which service an alert belongs to.

Does I/O: `cache`.
"""
