"""Executions, what their steps write, and which runbooks are quiet for which service, as they are stored."""
