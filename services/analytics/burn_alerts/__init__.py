"""Error budgets that burn so fast that somebody must know, looked at by one replica on a timer.

Does I/O: `watcher`.
"""
