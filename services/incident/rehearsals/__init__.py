"""What incidents alerts would be in, should they come at some time, and how a past incident would begin today: decided
as always, and nothing of it is written or told.
"""
