"""Past incidents that are like one: who looks at an incident sees what ended the last of its kind, and pages say so.

Does I/O: `nearest`, `teller`.
"""
