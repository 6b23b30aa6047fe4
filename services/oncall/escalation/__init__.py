"""The engine: who is told of an incident, and when; which steps are due, what was asked of whom, and why.

Does I/O: `ticker`.
"""
