"""What is wrong with who is on call: services whose critical alert would page nobody, gaps, people whom nothing
reaches; shown, and told to each team once a day.

Does I/O: `auditor`.
"""
