"""What fails on the way from an alert to a page, and pages for it: dead letters of Tocsin's own making become an alert
on the service `tocsin`, one an hour at most.
"""
