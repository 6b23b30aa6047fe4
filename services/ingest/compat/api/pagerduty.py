"""PagerDuty's Events API v2, as its clients know it: their shapes in, PagerDuty's own answers out.

202 when the broker has confirmed the event, 400 (413 above 512 KB) in PagerDuty's words for what it refuses. The
routing key in the body is the integration's key; the gateway has checked it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from services.ingest.intake.api.cloudevents import read_body
from services.ingest.intake.api.delivery import Delivery, HttpIntake
from services.ingest.sources import pagerduty
from shared.problem import Problem
from shared.text.lenient_json import Read
from shared.web import Caller

_LINKS: dict[str, Any] = {
    "type": "array",
    "items": {"type": "object", "properties": {"href": {"type": "string"}, "text": {"type": "string"}}},
}
_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["event_action"],
    "properties": {
        "routing_key": {"type": "string", "description": "The integration's key."},
        "event_action": {"type": "string", "enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": {"type": "string", "maxLength": pagerduty.MAX_KEY},
        "payload": {
            "type": "object",
            "required": ["summary", "source", "severity"],
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": pagerduty.MAX_SUMMARY},
                "source": {"type": "string", "minLength": 1},
                "severity": {"type": "string", "enum": list(pagerduty.SEVERITIES)},
                **{name: {"type": "string"} for name in ("timestamp", "component", "group", "class")},
                "custom_details": {"description": "Anything; `service` in it names the service."},
            },
        },
        "links": _LINKS,
        "images": {"type": "array", "items": {"type": "object"}},
        "client": {"type": "string"},
        "client_url": {"type": "string"},
    },
}
_ENQUEUED: dict[str, Any] = {
    "type": "object",
    "required": ["status", "message", "dedup_key"],
    "properties": {name: {"type": "string"} for name in ("status", "message", "dedup_key")},
}
_INVALID: dict[str, Any] = {
    "type": "object",
    "required": ["status", "message", "errors"],
    "properties": {
        "status": {"type": "string"},
        "message": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "string"}},
    },
}


def _json(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema, **more}}}


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "PagerDuty would refuse it; `errors` says why.", **_json(_INVALID)},
    413: {"description": "Larger than 512 KB.", **_json(_INVALID)},
}


def routes(http_intake: HttpIntake) -> APIRouter:
    """The route that PagerDuty's clients trigger, acknowledge and resolve by."""
    routes = APIRouter(tags=["alerts"])

    @routes.post(
        "/v2/enqueue",
        status_code=202,
        openapi_extra={"requestBody": {"required": True, **_json(_EVENT, example=pagerduty.SOURCE.example.body)}},
        responses={202: {"description": "Accepted", **_json(_ENQUEUED)}, **REFUSALS},
    )
    async def enqueue(request: Request, identity: Caller) -> JSONResponse:
        """Trigger, acknowledge or resolve an alert, as PagerDuty's Events API v2 does."""
        async with http_intake.take(request, identity, pagerduty.SOURCE.id) as delivery:
            event, wrong = read_event(delivery, pagerduty.faults)
            if wrong:
                return refuse(http_intake, delivery, wrong)
            alerts = await http_intake.read(delivery, event, pagerduty.SOURCE.id)
            accepted = await http_intake.accept(delivery, alerts)
            answer = {"status": "success", "message": "Event processed", "dedup_key": accepted.alerts[0].key}
            return JSONResponse(answer, 202)

    return routes


def read_event(delivery: Delivery, faults: Callable[[Any], list[str]]) -> tuple[Read, Sequence[str]]:
    """The event in a body and what PagerDuty finds wrong with it."""
    if len(delivery.body) > pagerduty.MAX_BYTES:
        return Read(None), [f"The event is larger than {pagerduty.MAX_BYTES} bytes"]
    try:
        event = read_body(delivery)
    except Problem as problem:
        return Read(None), [problem.detail]
    return event, faults(event.value)


def refuse(http_intake: HttpIntake, delivery: Delivery, wrong: Sequence[str]) -> JSONResponse:
    """PagerDuty's own answer to an event that it does not take; the body is kept for inspection."""
    http_intake.keep(delivery, "; ".join(wrong))
    status = delivery.fault.status if delivery.fault is not None else 400
    if len(delivery.body) > pagerduty.MAX_BYTES:
        status = 413
    return JSONResponse(
        {"status": "invalid event", "message": "Event object is invalid", "errors": list(wrong)}, status
    )
