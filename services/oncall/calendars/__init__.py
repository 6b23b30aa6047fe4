"""Calendars of people and schedules, by links that need no key."""
