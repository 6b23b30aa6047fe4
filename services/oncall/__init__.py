"""People, teams, schedules, escalation policies and the engine that decides who is told of an incident, and when."""
