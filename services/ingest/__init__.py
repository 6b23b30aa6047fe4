"""Ingest owns alerts and changes: it reads what monitoring sends, knows which alert it is (identity, order, one
occurrence after the other) and which group, the incident-to-be, it belongs to; it keeps what was changed. It consumes
`service.changed.v1`, `key.changed.v1`, `incident.opened.v1`, `incident.changed.v1`, `incident.acknowledged.v1`,
`incident.resolved.v1`, `incident.merged.v1`, `drill.alerted.v1`, `prediction.changed.v1` and `budget.changed.v1`
(alerts of drills, of predictions and of error budgets, which go the way of all others) and `replay.requested.v1`, and
its own intake queues. It
checks samples of metrics and puts them into analytics' queue. It emits
`alert.opened.v1`, `alert.updated.v1`, `alert.resolved.v1` and `change.recorded.v1`.
"""
