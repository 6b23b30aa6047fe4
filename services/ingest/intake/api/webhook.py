"""`POST /incidents/webhook`: 202 when the broker has confirmed every alert of the body, 503 when it did not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from services.ingest.alerts.answered_services import AlertService, Announced, heads_to_ask, services_to_answer
from services.ingest.alerts.store.heads import Heads
from services.ingest.intake.accept import Accepted
from services.ingest.intake.api.cloudevents import open_body
from services.ingest.intake.api.delivery import HttpIntake, origin_of
from services.ingest.intake.message import Origin
from services.ingest.normalisation.alert import STATUS_OF_ACTION
from services.ingest.sources import SOURCES, cloudevents
from shared.failures import is_dependency_failure
from shared.problem import Problem
from shared.process.logs import get_logger
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


LOOK_SECONDS = 0.5
"""As long as an answer waits to hear whose service a resolve is about; the alerts are safe by then."""

log = get_logger(__name__)


def routes(http_intake: HttpIntake, heads: Heads) -> APIRouter:
    """The route that monitoring delivers to."""
    routes = APIRouter(tags=["alerts"])
    announced = Announced()

    async def services_of(accepted: Accepted, origin: Origin) -> list[str]:
        remembered = announced.learn(accepted.alerts, accepted.services, origin)
        wanted = heads_to_ask(accepted.alerts, origin)
        known: dict[str, AlertService] = {}
        if wanted:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    known = await heads.services([head for ids in wanted.values() for head in ids])
            except Exception as error:
                if not is_dependency_failure(error):
                    raise
                log.warning("a resolve is answered without its alert's service", error=repr(error)[:300])
        return services_to_answer(accepted.services, wanted, known, remembered)

    @routes.post(
        "/incidents/webhook",
        status_code=202,
        response_class=Response,
        openapi_extra=_BODY,
        responses={202: {"description": "Accepted", "content": {"application/json": {"schema": _ACCEPTED_SCHEMA}}}},
    )
    async def webhook(request: Request, identity: Caller, source: SourceName = None) -> Response:
        """Take alerts in."""
        async with http_intake.take(request, identity, source) as delivery:
            try:
                body, named = open_body(request.headers.items(), delivery)
                alerts = await http_intake.read(delivery, body, named, identity.integration_kind)
            except Problem as problem:
                http_intake.keep_if_malformed(delivery, problem)
                raise
            accepted = await http_intake.accept(delivery, alerts)
            return _answer(accepted, await services_of(accepted, origin_of(identity, delivery.at)))

    return routes


def _answer(accepted: Accepted, services: Sequence[str]) -> Response:
    items = [
        {"dedup_key": one.key, "status": STATUS_OF_ACTION[one.alert.action], "service": service}
        for one, service in zip(accepted.alerts, services, strict=True)
    ]
    body = orjson.dumps({"accepted": len(items), "alerts": items})
    return Response(body, 202, media_type="application/json")
