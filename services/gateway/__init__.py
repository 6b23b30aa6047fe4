"""The gateway: the one way in.

Owns API keys, integrations and their keys, browser sessions, answers kept under idempotency keys and the audit log, in
its own database; checks every caller, counts requests, and passes them on to the services with a signed identity. Owns
the merged OpenAPI document, the live stream (read from `tocsin.log`) and the readiness of the whole. Consumes
`user.changed.v1` and `user.erased.v1` (a person who goes takes their keys along) and `team.changed.v1` (a key keeps its
teams, so nothing follows from it), and answers `replay.requested.v1`. Emits `key.changed.v1`.
"""
