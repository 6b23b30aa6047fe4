"""What was forgotten here: executions of runbooks that wait for somebody to approve of them.

Does I/O: `finding`.
"""
