"""What was forgotten here: status pages that say fine while an incident is open.

Does I/O: `finding`.
"""
