"""Changes in and out: `POST /events/change`, PagerDuty's change events, `GET /changes`.

202 when the change and its event are stored. A change never pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from services.ingest import changes
from services.ingest.api.pagerduty import REFUSALS, read_event, refuse
from services.ingest.api.reception import Delivery, Reception
from services.ingest.api.visibility import visible
from services.ingest.changes import Change, ReceivedChange, record
from services.ingest.directory_keeper import DirectoryKeeper
from services.ingest.reading import parse
from services.ingest.routing import fold_service, shown_service
from services.ingest.sources import pagerduty
from services.ingest.store.changes import Changes
from shared.ids import fresh
from shared.problem import Problem, not_found
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

Text = Annotated[str | None, Query(max_length=256)]
SourceName = Annotated[str | None, Query(max_length=100, description="Who tells, unless the body says so")]

_TEXT = {"type": "string"}
_CHANGE: dict[str, Any] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("service", "summary", "version", "environment", "author", "url", "source", "id"), _TEXT),
        "at": {"type": "string", "format": "date-time"},
        "labels": {"type": "object"},
        "links": {"type": "array"},
    },
}
_EXAMPLE = {
    "service": "payments",
    "summary": "payments 2.4.1 was deployed",
    "version": "2.4.1",
    "environment": "production",
    "author": "sara",
    "url": "https://ci.example.org/builds/812",
    "at": "2026-11-21T22:00:00Z",
}
_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["payload"],
    "properties": {
        "routing_key": {"type": "string", "description": "The integration's key."},
        "payload": {
            "type": "object",
            "required": ["summary"],
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": pagerduty.MAX_SUMMARY},
                "source": _TEXT,
                "timestamp": {"type": "string", "format": "date-time"},
                "custom_details": {"type": "object", "description": "`service` in it names the service."},
            },
        },
        "links": {"type": "array"},
        "images": {"type": "array"},
    },
}
_ENQUEUED = {"type": "object", "required": ["status", "message"], "properties": {"status": _TEXT, "message": _TEXT}}


class KeptView(BaseModel):
    """A change that was kept, and how its service is called."""

    id: str
    service: str


class KeptList(BaseModel):
    """All of a request."""

    accepted: int
    changes: list[KeptView]


class ChangeView(BaseModel):
    """One change."""

    id: str
    service: str
    """The service's id, else the sender's word for it, else `unrouted`."""
    summary: str
    version: str | None
    environment: str | None
    author: str | None
    url: str | None
    source: str
    at: datetime
    recorded_at: datetime
    labels: dict[str, str]
    links: list[dict[str, str]]
    mended: list[str]
    integration_id: str | None


def _json(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema, **more}}}


def intake(store: Changes, directory: DirectoryKeeper, reception: Reception) -> APIRouter:
    """The routes that changes come in by."""
    routes = APIRouter(tags=["changes"])

    async def keep(delivery: Delivery, received: Sequence[ReceivedChange]) -> list[Change]:
        key = delivery.identity
        find = directory.directory.find
        kept = [
            record(
                one,
                find(one.service, key.integration_service_id, one.labels or {}),
                key.integration_id,
                delivery.at,
                fresh("chg_"),
            )
            for one in received
        ]
        await store.keep(kept)
        return kept

    @routes.post(
        "/events/change",
        status_code=202,
        openapi_extra={
            "requestBody": {
                "required": True,
                **_json({"anyOf": [_CHANGE, {"type": "array", "items": _CHANGE}]}, example=_EXAMPLE),
            }
        },
    )
    async def take_changes(request: Request, identity: Caller, source: SourceName = None) -> KeptList:
        """Take in one change or a list of them: a deploy, a flag, a configuration."""
        delivery = await reception.take(request, identity, source)
        named = source or identity.integration_kind or "generic"
        try:
            received = changes.read_changes(parse(delivery.body), named, delivery.at)
        except Problem as problem:
            reception.keep_if_malformed(delivery, problem)
            raise
        kept = await keep(delivery, received)
        views = [KeptView(id=one.id, service=shown_service(one.service_id, one.received.service)) for one in kept]
        return KeptList(accepted=len(views), changes=views)

    @routes.post(
        "/v2/change/enqueue",
        status_code=202,
        openapi_extra={"requestBody": {"required": True, **_json(_EVENT)}},
        responses={202: {"description": "Accepted", **_json(_ENQUEUED)}, **REFUSALS},
    )
    async def enqueue_change(request: Request, identity: Caller) -> JSONResponse:
        """Take in a change event of PagerDuty's Events API v2."""
        delivery = await reception.take(request, identity, pagerduty.SOURCE.id)
        event, wrong = read_event(delivery, changes.faults)
        if wrong:
            return refuse(reception, delivery, wrong)
        await keep(delivery, [changes.read_pagerduty(event, delivery.at)])
        return JSONResponse({"status": "success", "message": "Change event processed"}, 202)

    return routes


def listing(store: Changes, directory: DirectoryKeeper) -> APIRouter:
    """The routes for people."""
    routes = APIRouter(tags=["changes"])

    @routes.get("/changes")
    async def list_changes(
        identity: Caller, *, service: Text = None, source: Text = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[ChangeView]:
        """Changes, newest first."""
        identity.require(Role.VIEWER)
        before = decode_cursor(cursor, (str,))[0] if cursor else None
        services = visible(directory.directory, identity, service)
        found = await store.page(services, source, before, limit + 1)
        last = found[limit - 1].order if len(found) > limit else None
        return Page(items=[_view(one) for one in found[:limit]], next_cursor=encode_cursor(last) if last else None)

    @routes.get("/changes/{id}")
    async def get_change(id: str, identity: Caller) -> ChangeView:
        """One change."""
        identity.require(Role.VIEWER)
        found = await store.one(id)
        allowed = visible(directory.directory, identity, None)
        if found is None or (allowed is not None and fold_service(_view(found).service) not in allowed):
            raise not_found("change", id)
        return _view(found)

    return routes


def _view(change: Change) -> ChangeView:
    received = change.received
    return ChangeView(
        id=change.id,
        service=shown_service(change.service_id, received.service),
        summary=received.summary,
        version=received.version,
        environment=received.environment,
        author=received.author,
        url=received.url,
        source=received.source,
        at=received.at,
        recorded_at=change.recorded_at,
        labels=dict(received.labels or {}),
        links=[{"href": href, "text": text} for href, text in received.links],
        mended=list(received.mended),
        integration_id=change.integration_id,
    )
