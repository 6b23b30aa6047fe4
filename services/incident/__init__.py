"""The incident service.

It owns the service catalogue (with the built-in services `unrouted` and `tocsin`), incidents, their timelines and
which alerts they have; it decides which incident an alert belongs to and whether people must be paged, and answers
replays of services and incidents. It consumes `alert.opened.v1`, `alert.updated.v1`, `alert.resolved.v1`,
`escalation.changed.v1`,
`page.delivered.v1`, `page.failed.v1`, `answer.given.v1` (somebody acknowledged or resolved it from a message),
`change.recorded.v1` (it remembers changes for 90 days: the suspects of its incidents), its own `incident.opened.v1`
(to look for them), `similar.found.v1` (the past incident that one is like: shown with it), `communication.noted.v1`,
`execution.started.v1`, `execution.waiting.v1`, `execution.finished.v1`, `approval.settled.v1` (runbooks, on the
timeline; what their steps wrote comes by a queue of its own, in no event),
`budget.changed.v1` (an error budget burns while an incident is open: a line of its timeline),
`ticket.changed.v1`, `pattern.recurred.v1` (an action item is proposed on the newest post-mortem), `user.changed.v1`
(post-mortems call people by their names, which stand in no text that is kept), `user.erased.v1` (the name is
forgotten, the person's acknowledge links end), `drill.changed.v1` (one that was stopped ends its incidents) and
`replay.requested.v1`. It emits `service.changed.v1`,
`incident.opened.v1`, `incident.changed.v1`, `incident.acknowledged.v1`, `incident.resolved.v1`, `incident.merged.v1`,
`history.imported.v1` (many incidents that an import brought in), `sla.turned.v1`, `role.assigned.v1`, and of what is
learnt from an incident `postmortem.changed.v1` (published ones only), `action.changed.v1` and `action.reminded.v1`.

Its capabilities, each made of some that are named before it: numbering, catalogue, service_map, catalogue_import, sla,
similar_incidents, timeline, incidents, people, affected_services, suspects, action_items, postmortems, history, alerts,
response, timers, rehearsals, drills, canary.
Only their `wiring`, `api` and `handlers` may use any other.
"""
