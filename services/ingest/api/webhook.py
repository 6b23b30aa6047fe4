"""`POST /incidents/webhook`: 202 when the broker has confirmed every alert of the body, 503 when it did not.

503 and never 429: Alertmanager repeats only what was answered with 5xx. A body that can't be read is kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from services.ingest.body_keeper import BodyKeeper
from services.ingest.door import Accepted, Door
from services.ingest.intake import Origin
from services.ingest.reading import parse
from services.ingest.received import STATUS_OF_ACTION, ReceivedAlert
from services.ingest.sources import SOURCES
from services.ingest.store.malformed import Malformed
from shared.clock import Now
from shared.identity import Identity
from shared.problem import Problem, unavailable
from shared.telemetry import trace
from shared.vocabulary import Role
from shared.web import Caller

RETRY_AFTER_SECONDS = 2

_ALERT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "description": {"type": "string"},
        "severity": {"type": "string", "enum": ["critical", "high", "medium", "low"]},
        "status": {"type": "string", "enum": ["firing", "acknowledged", "resolved"]},
        "category": {"type": "string"},
        "service": {"type": "string"},
        "dedup_key": {"type": "string"},
        "source": {"type": "string"},
        "labels": {"type": "object"},
        "links": {"type": "array"},
        "starts_at": {"type": "string", "format": "date-time"},
    },
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One alert, a list of them, or what one of the known sources sends.",
        "content": {
            "application/json": {
                "schema": {"anyOf": [_ALERT_SCHEMA, {"type": "array", "items": _ALERT_SCHEMA}, {"type": "object"}]},
                "examples": {source.id: {"value": source.example.body} for source in SOURCES.values()},
            }
        },
    }
}
_ACCEPTED_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["accepted", "alerts"],
    "properties": {
        "accepted": {"type": "integer"},
        "alerts": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["dedup_key", "status", "service"],
                "properties": {name: {"type": "string"} for name in ("dedup_key", "status", "service")},
            },
        },
    },
}

SourceName = Annotated[str | None, Query(max_length=100, description="A source's id; without it the shape tells")]


def router(door: Door, keeper: BodyKeeper, clock: Now) -> APIRouter:
    """The routes that monitoring delivers to."""
    routes = APIRouter(tags=["alerts"])

    @routes.post(
        "/incidents/webhook",
        status_code=202,
        response_class=Response,
        openapi_extra=_BODY,
        responses={202: {"description": "Accepted", "content": {"application/json": {"schema": _ACCEPTED_SCHEMA}}}},
    )
    async def webhook(request: Request, identity: Caller, source: SourceName = None) -> Response:
        """Take alerts in."""
        identity.require(Role.INTEGRATION)
        body = await request.body()
        at = clock.now()
        try:
            alerts = await door.read(parse(body), source, identity.integration_kind, at)
        except Problem as problem:
            if problem.status == 400:
                keeper.keep(_refused(problem, request, body, identity, at))
            raise
        return _answer(await _let_in(door, alerts, _origin(identity, at)))

    return routes


def _origin(identity: Identity, at: datetime) -> Origin:
    context = trace.current()
    return Origin(
        at=at,
        integration_id=identity.integration_id,
        service_id=identity.integration_service_id,
        correlation=context.correlation if context else None,
        traceparent=context.traceparent if context else None,
    )


async def _let_in(door: Door, alerts: list[ReceivedAlert], origin: Origin) -> Accepted:
    try:
        return await door.accept(alerts, origin)
    except (ConnectionError, TimeoutError) as error:
        detail = "The broker did not confirm the alerts; send them again."
        raise unavailable(detail, RETRY_AFTER_SECONDS) from error


def _answer(accepted: Accepted) -> Response:
    items = [
        {"dedup_key": one.key, "status": STATUS_OF_ACTION[one.alert.action], "service": service}
        for one, service in zip(accepted.alerts, accepted.services, strict=True)
    ]
    body = orjson.dumps({"accepted": len(items), "alerts": items})
    return Response(body, 202, media_type="application/json")


def _refused(problem: Problem, request: Request, body: bytes, identity: Identity, at: datetime) -> Malformed:
    return Malformed(
        at=at,
        key_id=identity.key_id,
        integration_id=identity.integration_id,
        source=request.query_params.get("source"),
        content_type=request.headers.get("content-type", ""),
        body=body,
        detail=problem.detail,
        pointer=problem.errors[0].pointer if problem.errors else "",
    )
