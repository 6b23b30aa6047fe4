"""People, teams, schedules and escalation policies, and the engine that decides who is told of an incident, and when.

Owns users, teams, schedules, policies, drills, the escalation of each incident and the result of every page. Consumes
`incident.opened.v1`, `incident.changed.v1`, `incident.acknowledged.v1`, `incident.resolved.v1` and
`incident.merged.v1`, which start and stop escalations, `history.imported.v1`, whose incidents never page,
`page.delivered.v1` and `page.failed.v1`, which say what became of its pages, `service.changed.v1`, of which it keeps a
copy, as of `runbook.changed.v1` (what starts runbooks for which pages wait; how those fare comes by a queue of its
own), `key.changed.v1` (a calendar link ends with the key that made it), and `replay.requested.v1`. Emits
`user.changed.v1`, `user.erased.v1`, `team.changed.v1`, `schedule.changed.v1`, `policy.changed.v1`,
`escalation.changed.v1`, `audit.made.v1`, `duty.recorded.v1` (who was on call, as it passed), `page.requested.v1`, and
of drills `drill.changed.v1` and `drill.alerted.v1` (alerts that are made up; ingest takes them in).
"""
