"""Who was on call, hour by hour as it passed: told once, and changed by no later edit.

Does I/O: `recorder`.
"""
