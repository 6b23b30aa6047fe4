"""Finds what is wrong with a status page: it contradicts open incidents, has gone silent, or shows a maintenance whose
end is past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.comms.status_pages.page import ComponentState, Post, StatusPage, UpdateStatus
from services.comms.status_pages.suggestions import STATES, OpenIncident, on_component

SILENT = timedelta(minutes=30)
WITHOUT_END = timedelta(hours=12)
"""A maintenance that never said when it would end is asked about after this long."""


class Flaw(StrEnum):
    """What is wrong."""

    SAYS_FINE = "says_fine"
    NO_UPDATE = "no_update"
    MAINTENANCE_FORGOTTEN = "maintenance_forgotten"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, since when, and what it is about."""

    flaw: Flaw
    since: datetime | None
    component_id: str | None = None
    post_id: str | None = None
    incidents: Sequence[OpenIncident] = ()


def findings(page: StatusPage, incidents: Sequence[OpenIncident], now: datetime) -> list[Finding]:
    """Everything that is wrong with a page at `now`."""
    return [*_of_components(page, incidents), *(one for post in page.open if (one := _of_post(post, now)) is not None)]


def _of_components(page: StatusPage, incidents: Sequence[OpenIncident]) -> list[Finding]:
    found = []
    for component in page.components:
        hurting = [
            one for one in on_component(component, incidents) if STATES[one.severity] is not ComponentState.OPERATIONAL
        ]
        if hurting and component.state is ComponentState.OPERATIONAL:
            found.append(Finding(Flaw.SAYS_FINE, None, component_id=component.id, incidents=hurting))
    return found


def _of_post(post: Post, now: datetime) -> Finding | None:
    if not post.is_maintenance:
        silent = now - post.updated_at >= SILENT
        return Finding(Flaw.NO_UPDATE, post.updated_at + SILENT, post_id=post.id) if silent else None
    if post.status is UpdateStatus.SCHEDULED:
        expected = post.scheduled_for
    else:
        expected = post.scheduled_until or (post.scheduled_for or post.started_at) + WITHOUT_END
    # what moves by itself is moved within seconds, and is not forgotten meanwhile
    forgotten = expected is not None and now - expected >= timedelta(minutes=1)
    return Finding(Flaw.MAINTENANCE_FORGOTTEN, expected, post_id=post.id) if forgotten else None
