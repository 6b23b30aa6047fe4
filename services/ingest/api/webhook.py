"""`POST /incidents/webhook`: 202 when the broker has confirmed every alert of the body, 503 when it did not."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from services.ingest.api.opening import opened
from services.ingest.api.reception import Reception
from services.ingest.door import Accepted, Door
from services.ingest.received import STATUS_OF_ACTION
from services.ingest.sources import SOURCES, cloudevents
from shared.problem import Problem
from shared.web import Caller

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
            },
            "application/cloudevents+json": {"schema": {"type": "object"}, "example": cloudevents.SOURCE.example.body},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": {"type": "object"}}},
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


def router(door: Door, reception: Reception) -> APIRouter:
    """The route that monitoring delivers to."""
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
        delivery = await reception.take(request, identity, source)
        try:
            body, named = opened(request.headers.items(), delivery)
            alerts = await door.read(body, named, identity.integration_kind, delivery.at)
        except Problem as problem:
            reception.keep_if_malformed(delivery, problem)
            raise
        return _answer(await reception.let_in(delivery, alerts))

    return routes


def _answer(accepted: Accepted) -> Response:
    items = [
        {"dedup_key": one.key, "status": STATUS_OF_ACTION[one.alert.action], "service": service}
        for one, service in zip(accepted.alerts, accepted.services, strict=True)
    ]
    body = orjson.dumps({"accepted": len(items), "alerts": items})
    return Response(body, 202, media_type="application/json")
