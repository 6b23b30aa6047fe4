"""Puts together what other systems' clients find here: PagerDuty's, Alertmanager's and Opsgenie's."""

from __future__ import annotations

from services.ingest.alerts.store.heads import Heads
from services.ingest.compat.api import alertmanager, opsgenie, pagerduty
from services.ingest.compat.api.opsgenie_requests import OpsgenieRequests
from services.ingest.intake.api.delivery import HttpIntake
from shared.runtime import Runtime


def add_routes(runtime: Runtime, http_intake: HttpIntake, heads: Heads) -> None:
    """Adds the paths that PagerDuty's, Alertmanager's and Opsgenie's clients call."""
    requests = OpsgenieRequests(heads, http_intake)
    for routes in (
        pagerduty.routes(http_intake),
        alertmanager.routes(http_intake, runtime.clock.now()),
        opsgenie.routes(requests, http_intake),
        opsgenie.read_routes(requests, runtime.clock),
    ):
        runtime.routes(routes)
