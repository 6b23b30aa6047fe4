"""Automation runs runbooks. Owns runbooks with all their versions, and its own copy of what it matches them against:
services and open incidents.

Consumes `service.changed.v1`, `incident.opened.v1`, `incident.changed.v1`, `incident.acknowledged.v1`,
`incident.resolved.v1` and `incident.merged.v1`, asks for them by `replay.requested.v1` when its database is empty, and
emits `runbook.changed.v1`.
"""
