"""What is to be done after an incident: who does it until when, reminders, and tickets that follow.

Does I/O: `reminder`.
"""
