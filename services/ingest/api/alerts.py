"""`GET /alerts`, `GET /alerts/{id}`, and for managers the bodies that could not be read.

A key that is limited to teams sees the alerts of its teams' services.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.ingest.api.visibility import visible
from services.ingest.directory_keeper import DirectoryKeeper
from services.ingest.facts import AlertView, view
from services.ingest.routing import fold_service
from services.ingest.store.groups import Groups
from services.ingest.store.lists import Listed, Listing, Lists
from services.ingest.store.malformed import MalformedBodies
from shared.identity import Identity
from shared.problem import forbidden, not_found
from shared.vocabulary import AlertStatus, Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

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


def router(lists: Lists, groups: Groups, directory: DirectoryKeeper, bodies: MalformedBodies) -> APIRouter:
    """The routes for people."""
    routes = APIRouter(tags=["alerts"])

    async def with_incidents(found: Sequence[Listed]) -> list[AlertView]:
        incidents = await groups.incidents_of(occurrence.group_id for _, occurrence in found)
        views = []
        for head, occurrence in found:
            incident = incidents.get(occurrence.group_id)
            views.append(view(head, occurrence, incident.id if incident else None))
        return views

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
        before = decode_cursor(cursor, (str,))[0] if cursor else None
        found = await lists.page(
            Listing(visible(directory.directory, identity, service), source, status, before), limit + 1
        )
        items = await with_incidents(found[:limit])
        last = found[limit - 1][1].opened if len(found) > limit else None
        return Page(items=items, next_cursor=encode_cursor(last) if last else None)

    @routes.get("/alerts/malformed")
    async def list_malformed(identity: Caller, limit: Limit = 50) -> MalformedList:
        """Bodies that could not be read, newest first."""
        _require_all_teams(identity)
        kept = await bodies.newest(limit)
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
        allowed = visible(directory.directory, identity, None)
        if allowed is not None and fold_service(alert.service) not in allowed:
            raise not_found("alert", id)
        return alert

    return routes


def _require_all_teams(identity: Identity) -> None:
    """What could not be read belongs to no team, so a key that is limited to some does not see it."""
    identity.require(Role.MANAGER)
    if identity.teams:
        raise forbidden("What could not be read belongs to no team; this key is limited to some.")
