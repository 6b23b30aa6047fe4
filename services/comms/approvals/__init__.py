"""Approvals that runbooks wait for: asked by mail and in Slack, and what people press there is told to automation.

Does I/O: `asking`, `places`, `presses`.
"""
