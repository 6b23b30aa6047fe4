"""`GET /alerts`, `GET /alerts/{id}`, and for managers the bodies that could not be read.

A key that is limited to teams sees the alerts of its teams' services.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.ingest.alerts.events import AlertView, view
from services.ingest.alerts.fold import Occurrence
from services.ingest.alerts.store.lists import Listed, Listing, Lists
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.catalogue_copy.routing import fold_service
from services.ingest.catalogue_copy.visibility import visible_services
from services.ingest.incident_copies.store import GroupIncident, Incidents, NamedIncident
from services.ingest.intake.store import MalformedBodies
from shared.callers.identity import Identity
from shared.ids import stamp_time
from shared.problem import forbidden, not_found
from shared.vocabulary import AlertStatus, Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

ON_ITS_WAY = timedelta(seconds=5)
"""An alert that joins an incident gets there within so long: one that ended meanwhile has not taken it."""
Text = Annotated[str | None, Query(max_length=256)]


class MalformedView(BaseModel):
    """A body that was refused."""

    at: datetime
    key_id: str
    integration_id: str | None
    source: str | None
    content_type: str
    size: int
    """In bytes; `body` may be cut."""
    body: str
    detail: str
    pointer: str


class MalformedList(BaseModel):
    """The newest of them."""

    items: list[MalformedView]
    next_cursor: str | None = None


def routes(lists: Lists, incidents: Incidents, directory: CatalogueCache, bodies: MalformedBodies) -> APIRouter:
    """`GET /alerts`, `/alerts/{id}` and `/alerts/malformed`."""
    routes = APIRouter(tags=["alerts"])

    async def with_incidents(found: Sequence[Listed]) -> list[AlertView]:
        known = await incidents.of_groups(occurrence.group_id for _, occurrence in found)
        joined = [occurrence.effect_of.incident_id for _, occurrence in found if occurrence.effect_of is not None]
        causes = await incidents.find_named(joined) if joined else {}
        return [
            view(head, occurrence, _incident_of(occurrence, known.get(occurrence.group_id), causes))
            for head, occurrence in found
        ]

    @routes.get("/alerts")
    async def list_alerts(
        identity: Caller,
        *,
        service: Text = None,
        source: Text = None,
        status: AlertStatus | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[AlertView]:
        """Alerts, newest first."""
        identity.require(Role.VIEWER)
        before = decode_cursor(cursor, str)
        found = await lists.page(
            Listing(visible_services(directory.directory, identity, service), source, status, before), limit + 1
        )
        items = await with_incidents(found[:limit])
        last = found[limit - 1][1].opened if len(found) > limit else None
        return Page(items=items, next_cursor=encode_cursor(last) if last else None)

    @routes.get("/alerts/malformed")
    async def list_malformed(identity: Caller, limit: Limit = 50) -> MalformedList:
        """Bodies that could not be read, newest first."""
        _require_all_teams(identity)
        kept = await bodies.read_newest(limit)
        return MalformedList(
            items=[MalformedView(**{**one, "body": one["body"].decode("utf-8", "replace")}) for one in kept]
        )

    @routes.get("/alerts/{id}")
    async def get_alert(id: str, identity: Caller) -> AlertView:
        """One alert."""
        identity.require(Role.VIEWER)
        found = await lists.one(id)
        if found is None:
            raise not_found("alert", id)
        (alert,) = await with_incidents([found])
        allowed = visible_services(directory.directory, identity, None)
        if allowed is not None and fold_service(alert.service) not in allowed:
            raise not_found("alert", id)
        return alert

    return routes


def _incident_of(occurrence: Occurrence, own: GroupIncident | None, causes: Mapping[str, NamedIncident]) -> str | None:
    """The incident that an alert is in: the one that it joined as an effect, unless that had ended before it came."""
    joined = occurrence.effect_of
    if joined is None:
        return own.of(occurrence.opened) if own is not None else None
    cause = causes.get(joined.incident_id)
    opened = stamp_time(occurrence.opened)
    if cause is None:
        return joined.incident_id
    came_late = cause.ended_at is not None and opened is not None and cause.ended_at <= opened + ON_ITS_WAY
    return own.of(occurrence.opened) if own is not None and came_late else cause.id


def _require_all_teams(identity: Identity) -> None:
    """What could not be read belongs to no team, so a key that is limited to some does not see it."""
    identity.require(Role.MANAGER)
    if identity.teams:
        raise forbidden("What could not be read belongs to no team; this key is limited to some.")
