"""Analytics tells what the organisation can learn. Owns clusters of incidents with what people corrected about them,
people's notes on patterns, which past incident each new one was told to be like, samples of metrics with what is
foretold of them, what was told of error budgets, and copies: services, incidents with what ended them, post-mortems,
action items, runbooks and how their executions ended, impact periods of status pages, and of each alert and page what
counting needs. Consumes `service.changed.v1`, `incident.opened.v1`, `incident.changed.v1`, `incident.acknowledged.v1`,
`incident.resolved.v1`, `incident.merged.v1`, `history.imported.v1`, `postmortem.changed.v1`, `action.changed.v1`,
`alert.opened.v1`, `alert.updated.v1`, `alert.resolved.v1`, `page.delivered.v1`, `duty.recorded.v1`,
`impact.changed.v1`, `runbook.changed.v1`, `execution.finished.v1` and `replay.requested.v1`, asks for facts by it when
its database is empty, and emits `similar.found.v1`, `pattern.recurred.v1`, `prediction.changed.v1`,
`prediction.ruled.v1`, `budget.changed.v1`, `review.made.v1` and `review.subscribed.v1`.
"""
