"""`POST /metrics/samples` and Prometheus' `POST /api/v1/write`: 202 when the broker has confirmed every sample."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.ingest.intake.api.cloudevents import read_body
from services.ingest.intake.api.delivery import HttpIntake
from services.ingest.samples.accept import SampleIntake
from services.ingest.samples.checking import read_samples
from services.ingest.samples.limits import LONGEST_HORIZON_SECONDS, LONGEST_NAME, MOST_POINTS, MOST_SERIES
from services.ingest.samples.remote_write import CONTENT_TYPE, read_remote_write
from shared.clocks.clock import Now
from shared.problem import Problem, too_large
from shared.process.off_loop import OffLoop
from shared.vocabulary import Role
from shared.web import Caller
from shared.web.shell import MAX_BODY_BYTES

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
_REMOTE_WRITE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A WriteRequest of remote write 1.0, packed by Snappy (`Content-Encoding: snappy`).",
        "content": {CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class SamplesTaken(BaseModel):
    """What became of a request's points."""

    accepted: int
    """Points that were accepted; they are kept once, however often they are sent."""
    series: int
    dropped: dict[str, int]
    """Points that were left out, by reason: `not_a_number`, `too_old`, `in_the_future`, `doubled`; of remote
    write also `no_name` and `name_too_long`."""


def routes(http_intake: HttpIntake, samples: SampleIntake, clock: Now) -> APIRouter:
    """The routes that samples are pushed to."""
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

    @routes.post("/api/v1/write", status_code=202, openapi_extra=_REMOTE_WRITE)
    async def take_remote_write(request: Request, identity: Caller) -> SamplesTaken:
        """Take in samples as Prometheus' remote write 1.0 sends them.

        They carry no limit: a rule whose query selects them gives it, or `/metrics/samples` did before.
        """
        identity.require(Role.INTEGRATION)
        headers = request.headers
        found, dropped = await off_loop.run(
            read_remote_write,
            await _read_whole(request),
            headers.get("content-type", ""),
            headers.get("content-encoding", ""),
            clock.now(),
        )
        await samples.accept(found, identity)
        return SamplesTaken(accepted=sum(len(one.points) for one in found), series=len(found), dropped=dict(dropped))

    return routes


async def _read_whole(request: Request) -> bytes:
    """The body as it came. Raises the 413 `Problem` of one that is too large."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise too_large(MAX_BODY_BYTES)
        parts.append(part)
    return b"".join(parts)
