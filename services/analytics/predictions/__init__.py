"""What is expected to reach its limit: told before it happens, withdrawn when it turns, and graded afterwards.

Does I/O: `forecaster`.
"""
