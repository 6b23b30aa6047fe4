"""Changes in and out: `POST /events/change`, PagerDuty's change events, `GET /changes`.

202 when the change and its event are stored. A change never pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.catalogue_copy.routing import fold_service, shown_service
from services.ingest.catalogue_copy.visibility import visible_services
from services.ingest.change_sources import CHANGE_SOURCES, choose
from services.ingest.changes import change as changes
from services.ingest.changes.change import Change, ReceivedChange, place_of, record
from services.ingest.changes.signatures import require_signature
from services.ingest.changes.store import Changes
from services.ingest.compat.api.pagerduty import REFUSALS, read_event, refuse
from services.ingest.intake.api.cloudevents import open_body
from services.ingest.intake.api.delivery import Delivery, HttpIntake
from services.ingest.sources import pagerduty
from shared.events.changes import ChangeKind
from shared.ids import fresh
from shared.problem import Problem, not_found
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import MAX_LIMIT

Text = Annotated[str | None, Query(max_length=256)]
SourceName = Annotated[str | None, Query(max_length=100, description="Who tells, unless the body says so")]

MOST_FIELDS = 100
"""Of a form. GitHub's has one."""
_TEXT = {"type": "string"}
_LATEST = "\x7f"
_CHANGE: dict[str, Any] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(
            ("service", "summary", "version", "environment", "author", "url", "source", "id", "kind"), _TEXT
        ),
        "at": {"type": "string", "format": "date-time"},
        "labels": {"type": "object"},
        "links": {"type": "array"},
    },
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
    reason: str | None = None
    """Why nothing of what the tool told is a change."""


class ChangeView(BaseModel):
    """One change."""

    id: str
    service: str
    """The service's id, else the sender's word for it, else `unrouted`."""
    summary: str
    kind: ChangeKind
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


class ListIn(BaseModel):
    """What a list of changes asks for: [from, to) over when they happened."""

    model_config = ConfigDict(populate_by_name=True)

    service: Annotated[str | None, Field(max_length=256)] = None
    source: Annotated[str | None, Field(max_length=256)] = None
    begin: Annotated[AwareDatetime | None, Field(alias="from")] = None
    end: Annotated[AwareDatetime | None, Field(alias="to")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    cursor: Annotated[str | None, Field(max_length=1000)] = None


def _json(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema, **more}}}


def routes(store: Changes, directory: CatalogueCache, http_intake: HttpIntake, secret_key: str) -> APIRouter:
    """`POST /events/change` and PagerDuty's `/v2/change/enqueue`."""
    routes = APIRouter(tags=["changes"])

    async def keep(delivery: Delivery, received: Sequence[ReceivedChange]) -> list[Change]:
        key = delivery.identity
        find = directory.directory.find
        kept = [
            record(
                one,
                find(one.service, key.integration_service_id, one.labels or {}, key.teams),
                key,
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
                **_json(
                    {"anyOf": [_CHANGE, {"type": "array", "items": _CHANGE}, {"type": "object"}]},
                    examples={one.id: {"value": one.example.body} for one in CHANGE_SOURCES.values()},
                ),
            }
        },
    )
    async def take_changes(
        request: Request, identity: Caller, source: SourceName = None, service: Text = None
    ) -> KeptList:
        """Take in changes: our own body, one or a list, or what one of the known tools sends.

        `service` names the service of what does not name one that is known. What a tool tells that changed nothing is
        accepted too, with the reason. A signature that is sent must be right (401).
        """
        async with http_intake.take(request, identity, source) as delivery:
            headers = {name.lower(): value for name, value in request.headers.items()}
            if delivery.fault is None:
                require_signature(delivery.body, headers, identity, secret_key)
            try:
                body, opened_as = open_body(request.headers.items(), without_form(delivery))
                chosen = choose(body.value, headers, opened_as, identity.integration_kind)
                reading = chosen.read(body.value, headers, delivery.at)
            except Problem as problem:
                http_intake.keep_if_malformed(delivery, problem)
                raise
            told = [one.with_notes(body.notes) for one in reading.changes]
            received = [_as_asked(one, chosen.id, source, identity.integration_kind, service) for one in told]
            kept = await keep(delivery, received)
            views = [KeptView(id=one.id, service=shown_service(one.service_id, one.received.service)) for one in kept]
            return KeptList(accepted=len(views), changes=views, reason=reading.reason)

    @routes.post(
        "/v2/change/enqueue",
        status_code=202,
        openapi_extra={"requestBody": {"required": True, **_json(_EVENT)}},
        responses={202: {"description": "Accepted", **_json(_ENQUEUED)}, **REFUSALS},
    )
    async def enqueue_change(request: Request, identity: Caller) -> JSONResponse:
        """Take in a change event of PagerDuty's Events API v2."""
        async with http_intake.take(request, identity, pagerduty.SOURCE.id) as delivery:
            event, wrong = read_event(delivery, changes.faults)
            if wrong:
                return refuse(http_intake, delivery, wrong)
            await keep(delivery, [changes.read_pagerduty(event.value, delivery.at).with_notes(event.notes)])
            return JSONResponse({"status": "success", "message": "Change event processed"}, 202)

    return routes


def list_routes(store: Changes, directory: CatalogueCache) -> APIRouter:
    """`GET /changes` and `GET /changes/{id}`."""
    routes = APIRouter(tags=["changes"])

    @routes.get("/changes")
    async def list_changes(identity: Caller, asked: Annotated[ListIn, Query()]) -> Page[ChangeView]:
        """Changes, newest first."""
        identity.require(Role.VIEWER)
        within = place_of(asked.begin) if asked.begin else "", place_of(asked.end) if asked.end else _LATEST
        if (before := decode_cursor(asked.cursor, str)) is not None:
            within = within[0], min(within[1], before)
        limit = asked.limit
        services = visible_services(directory.directory, identity, asked.service)
        found = await store.page(services, asked.source, within, limit + 1)
        last = found[limit - 1].order if len(found) > limit else None
        return Page(items=[_view(one) for one in found[:limit]], next_cursor=encode_cursor(last) if last else None)

    @routes.get("/changes/{id}")
    async def get_change(id: str, identity: Caller) -> ChangeView:
        """One change."""
        identity.require(Role.VIEWER)
        found = await store.one(id)
        allowed = visible_services(directory.directory, identity, None)
        if found is None or (allowed is not None and fold_service(_view(found).service) not in allowed):
            raise not_found("change", id)
        return _view(found)

    return routes


def without_form(delivery: Delivery) -> Delivery:
    """The delivery without the form that GitHub may put its JSON in: `payload=…`."""
    if not delivery.content_type.lower().startswith("application/x-www-form-urlencoded"):
        return delivery
    try:
        # as Latin-1 bytes are text and back, so that what is in the form is read as any other body
        form = parse_qs(delivery.body.decode("latin-1"), encoding="latin-1", max_num_fields=MOST_FIELDS)
    except ValueError:
        return delivery
    values = form.get("payload")
    return replace(delivery, body=values[0].encode("latin-1")) if values else delivery


def _as_asked(
    received: ReceivedChange, chosen: str, source: str | None, kind: str | None, service: str | None
) -> ReceivedChange:
    """The change as the request's address and its integration say it: a generic one bears their name."""
    if chosen == "generic" and received.source == "generic":
        received = replace(received, source=source or kind or "generic")
    return received if received.service or not service else replace(received, service=service)


def _view(change: Change) -> ChangeView:
    received = change.received
    return ChangeView(
        id=change.id,
        service=shown_service(change.service_id, received.service),
        summary=received.summary,
        kind=received.kind,
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
