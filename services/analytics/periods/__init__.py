"""The time that a report is about: a month of the Gregorian or the Persian calendar, or from one instant to another."""
