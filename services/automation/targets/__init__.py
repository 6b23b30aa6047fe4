"""Machines that scripts run on over SSH: registered by admins, with a pinned host key, each of one team.

Does I/O: `remote_script`, `places`.
"""
