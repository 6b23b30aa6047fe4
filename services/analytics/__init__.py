"""Analytics will tell what the organisation can learn. Owns, so far, its own copies: services, incidents with what
ended them, post-mortems, action items, and of each alert what counting needs. Consumes `service.changed.v1`,
`incident.opened.v1`, `incident.changed.v1`, `incident.acknowledged.v1`, `incident.resolved.v1`, `incident.merged.v1`,
`postmortem.changed.v1`, `action.changed.v1`, `alert.opened.v1`, `alert.updated.v1` and `alert.resolved.v1`, asks for
them by `replay.requested.v1` when its database is empty, and emits nothing else.
"""
