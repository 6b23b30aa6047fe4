"""The command line: which commands there are, what they share, how a run ends.

Does I/O: `main`, `run`.
"""
