"""Slack: its Web API, what it calls here, and the workspace that is set at run time.

Does I/O: `workspace_refresh`.
"""
