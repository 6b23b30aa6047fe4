"""`POST /metrics/samples`: 202 when the broker has confirmed every sample of the body."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.ingest.intake.api.cloudevents import read_body
from services.ingest.intake.api.delivery import HttpIntake
from services.ingest.samples.accept import SampleIntake
from services.ingest.samples.checking import read_samples
from services.ingest.samples.limits import LONGEST_HORIZON_SECONDS, LONGEST_NAME, MOST_POINTS, MOST_SERIES
from shared.problem import Problem
from shared.process.off_loop import OffLoop
from shared.web import Caller

_NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
_SERIES: dict[str, Any] = {
    "type": "object",
    "required": ["host", "metric", "points", "limit"],
    "properties": {
        "host": _NAME,
        "metric": _NAME,
        "points": {
            "type": "array",
            "maxItems": MOST_POINTS,
            "description": "Pairs of time (RFC 3339, or seconds since 1970) and value, in any order.",
            "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {}},
        },
        "limit": {"type": "number"},
        "limit_kind": {"type": "string", "enum": ["upper", "lower"], "default": "upper"},
        "horizon_seconds": {"type": "number", "minimum": 60, "maximum": LONGEST_HORIZON_SECONDS, "default": 7200},
        "service": {**_NAME, "description": "A service's id or name; without it the key's."},
    },
}
_EXAMPLE = {
    "host": "db-1",
    "metric": "memory_used_percent",
    "points": [["2026-11-30T12:00:00Z", 71.2], ["2026-11-30T12:00:15Z", 71.3]],
    "limit": 95,
    "service": "payments",
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [_SERIES, {"type": "array", "maxItems": MOST_SERIES, "items": _SERIES}]},
                "example": _EXAMPLE,
            }
        },
    }
}


class SamplesTaken(BaseModel):
    """What became of a request's points."""

    accepted: int
    """Points that were accepted; they are kept once, however often they are sent."""
    series: int
    dropped: dict[str, int]
    """Points that were left out, by reason: `not_a_number`, `too_old`, `in_the_future`, `doubled`."""


def routes(http_intake: HttpIntake, samples: SampleIntake) -> APIRouter:
    """The route that pushes our own body."""
    routes = APIRouter(tags=["predictions"])
    off_loop = OffLoop()

    @routes.post("/metrics/samples", status_code=202, openapi_extra=_BODY)
    async def take_samples(request: Request, identity: Caller) -> SamplesTaken:
        """Take in samples of metrics with their limits: one series or a list of them.

        Out of order is fine. What is no number, doubled, older than a week or more than five minutes ahead is left out
        and counted in `dropped`.
        """
        async with http_intake.take(request, identity, None) as delivery:
            try:
                found, dropped = await off_loop.run(read_samples, read_body(delivery).value, delivery.at)
            except Problem as problem:
                http_intake.keep_if_malformed(delivery, problem)
                raise
            await samples.accept(found, identity)
            accepted = sum(len(one.points) for one in found)
            return SamplesTaken(accepted=accepted, series=len(found), dropped=dict(dropped))

    return routes
