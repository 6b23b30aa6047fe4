"""How long each service was down, beside what was promised: uptime, error budgets and what spent them.

Does I/O: `reader`.
"""
