"""People, teams and policies as they are stored, and the copy of all of it, schedules too, that decisions are made
from.
"""
