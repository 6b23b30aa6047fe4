"""Incidents, pages and tables for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.analytics.table.counted import CountedIncident, CountedPage
from services.analytics.table.table import Table
from shared.vocabulary import Category, Priority, Severity

BEGAN = datetime(2026, 10, 1, tzinfo=UTC)


def counted(number: int = 1, **changes: Any) -> CountedIncident:
    """An incident, so many hours after the first of October 2026."""
    made = CountedIncident(
        id=f"INC-20261001-{number:04}",
        created_at=BEGAN + timedelta(hours=number),
        severity=Severity.HIGH,
        priority=Priority.HIGH,
        category=Category.ERROR,
    )
    return made.changed(**changes)


def page(number: int = 1, **changes: Any) -> CountedPage:
    """A page of the first incident."""
    made = CountedPage(
        page_id=f"page-{number}",
        incident_id=counted().id,
        user_id="kenji",
        state="delivered",
        at=BEGAN + timedelta(hours=1, seconds=number),
    )
    return made.changed(**changes)


def table_of(incidents: Iterable[CountedIncident] = (), pages: Iterable[CountedPage] = ()) -> Table:
    """A table of these, each as its first fact."""
    table = Table()
    for one in incidents:
        table.take_incident(1, one)
    for told in pages:
        table.take_page(told)
    return table
