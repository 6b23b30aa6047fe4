"""News of incidents to stakeholders: who gets it, from which template, and when somebody is to write again.

Does I/O: `follow_up`.
"""
