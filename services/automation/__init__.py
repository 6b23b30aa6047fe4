"""Automation runs runbooks. Owns runbooks with all their versions, their executions with what their steps write, and
its own copy of what it matches them against: services, open incidents and alerts.

Consumes `service.changed.v1`, `alert.opened.v1`, `alert.updated.v1`, `alert.resolved.v1`, `incident.opened.v1`,
`incident.changed.v1`, `incident.acknowledged.v1`, `incident.resolved.v1`, `incident.merged.v1` and
`history.imported.v1`, for who may approve `user.changed.v1`, `team.changed.v1` and `user.erased.v1`, for what they
answer in messages `approval.given.v1`, asks for them by `replay.requested.v1` when its database is empty, and emits
`runbook.changed.v1`, `execution.started.v1`, `execution.waiting.v1`, `execution.progressed.v1`,
`execution.finished.v1`, `approval.settled.v1` and `notice.requested.v1`.
"""
