"""What was forgotten here: overrides that ended while whom they put on duty had an open incident, and drills.

Does I/O: `finding`.
"""
