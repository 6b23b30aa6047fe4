"""Reads the incidents of a period from the gateway, page by page, as figures know them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from incident_manager.client.errors import RouteMissing
from incident_manager.client.gateway import Gateway
from incident_manager.client.incident_manager import IncidentManager
from incident_manager.commandline.arguments import rfc3339
from incident_manager.reporting.fact import IncidentFact, fact_of
from incident_manager.reporting.figures import Period

DAYS = 30
TRENDS = "/analytics/trends"
LOOK_BACK = timedelta(days=60)
"""How long before the period is read: what ended in its first 30 days, or still lasted."""


def period_of(begin: datetime | None, end: datetime | None, days: int | None) -> Period:
    """The period that was asked for: the last 30 days without anything."""
    now = datetime.now(UTC)
    until = end or now + timedelta(seconds=1)
    return Period(begin or until - timedelta(days=days or DAYS), until, now)


def read_clusters(gateway: Gateway, start: datetime, end: datetime) -> dict[str, str] | None:
    """In which cluster each incident of [start, end) is, by id; None where the gateway has no clusters."""
    try:
        found = gateway.must_know(TRENDS, members="true", **{"from": rfc3339(start), "to": rfc3339(end)})
    except RouteMissing:
        return None
    return {str(id_): str(one.get("id")) for one in found.get("clusters", []) for id_ in one.get("members") or []}


def read_facts(manager: IncidentManager, start: datetime, end: datetime) -> Iterator[IncidentFact]:
    """Incidents created in [start, end) that count. Raises `TocsinError`."""
    for incident in manager.list_incidents(from_=rfc3339(start), to=rfc3339(end)):
        fact = fact_of(incident)
        if fact is not None:
            yield fact
