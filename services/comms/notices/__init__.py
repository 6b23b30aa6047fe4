"""Notices to our own people: letters that follow from what happened.

Does I/O: `notifier`.
"""
