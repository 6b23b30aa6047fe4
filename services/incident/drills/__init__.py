"""What a drill does to its incidents besides its alerts: when somebody stops it they are over; and what a past incident
was like, for a drill that plays it again.
"""
