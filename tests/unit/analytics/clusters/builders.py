"""Incidents as clusters know them, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.clusters.membership import Corrections, Memberships, form_clusters
from services.analytics.clusters.template import template_of
from shared.vocabulary import Category, Severity

BEGAN = datetime(2026, 10, 1, tzinfo=UTC)


def clustered(number: int, title: str, **changes: object) -> ClusteredIncident:
    """An incident, so many hours after the first of October 2026."""
    made = ClusteredIncident(
        id=f"INC-{number:04}",
        title=title,
        created_at=BEGAN + timedelta(hours=number),
        severity=Severity.HIGH,
        category=Category.ERROR,
        counts=True,
    )
    return made.changed(**changes)


def formed(incidents: list[ClusteredIncident], corrections: Corrections | None = None) -> Memberships:
    """The clusters of these incidents."""
    templates = {one.id: template_of(one.title, one.service_name) for one in incidents}
    return form_clusters(incidents, templates, corrections or Corrections())
