"""What responders do in an incident, by hand or by answering a page: roles, tasks, snooze, merges, corrected times."""
