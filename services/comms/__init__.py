"""Comms hands pages over, by whatever channel a person can be reached.

It owns deliveries: each page that was asked for, every attempt to hand it over and what became of it; the waiting
lines and circuits per destination; the acknowledge links in messages. It consumes `page.requested.v1`, the facts
about incidents (`incident.opened.v1`, `incident.changed.v1`, `incident.acknowledged.v1`, `incident.resolved.v1`,
`incident.merged.v1`, `history.imported.v1`: an answered incident cancels its unsent pages at once), what else people
are told of (`similar.found.v1`: the past incident that one is like;
`sla.turned.v1`, `role.assigned.v1`, `action.changed.v1`, `action.reminded.v1`, `audit.made.v1`,
`notice.requested.v1` of runbooks, `drill.changed.v1`, `stale.found.v1`,
`review.made.v1`), what runbooks wait for (`execution.waiting.v1`, `approval.settled.v1`), `team.changed.v1`
(who is in a team), `user.changed.v1` (how people are called in Slack) and `user.erased.v1` (names and addresses are
forgotten). It emits `page.delivered.v1`, `page.failed.v1` and, for what people press in a message, `answer.given.v1`
and `approval.given.v1`, which carry ids only,
and `communication.noted.v1` for what is told of an incident on a status page, to stakeholders or in its war room, and
`impact.changed.v1` for when components of status pages are not operational.
Letters (mail that is no page), groups of stakeholders, templates, what was sent by them, and war rooms are its own, and
so are status pages: the pages, what is published on them, and the impact periods that their uptime is computed from.
So is the Slack workspace that is set at run time, and so are the tickets that action items have in other systems:
`ticket.changed.v1` tells of them.
"""
