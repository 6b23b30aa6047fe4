"""What every route that monitoring delivers to does: take the body, keep it when it can't be read, let its alerts in.

503 and never 429 when the broker does not confirm: Alertmanager repeats only what was answered with 5xx.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from services.ingest.intake.accept import Accepted, Intake
from services.ingest.intake.message import Origin
from services.ingest.intake.reading_room import ReadingRoom, Waiting
from services.ingest.intake.rejected_bodies import RejectedBodies
from services.ingest.intake.store import KEPT_BYTES, Malformed
from services.ingest.intake.weight import weight
from services.ingest.normalisation.alert import ReceivedAlert
from services.ingest.redaction import redact
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import Problem, unavailable
from shared.telemetry import trace
from shared.text.lenient_json import Read
from shared.text.packed import Coding, coding_of, pieces, unpack
from shared.vocabulary import Role
from shared.web.shell import MAX_BODY_BYTES

RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request of a sender that may send."""

    body: bytes
    """Unpacked. Of one that can't be, as far as that went: bytes that are packed may show a key to others."""
    at: datetime
    """When it arrived."""
    identity: Identity
    content_type: str
    source: str | None
    """The source that it names or came in by."""
    fault: Problem | None = None
    """Why it can't be unpacked."""

    def content(self) -> bytes:
        """The body. Raises the `Problem` of one that can't be unpacked."""
        if self.fault is not None:
            raise self.fault
        return self.body


class HttpIntake:
    """Alerts by HTTP: takes a delivery, reads it, and answers once its alerts are accepted. One per process."""

    def __init__(self, intake: Intake, rejected: RejectedBodies, room: ReadingRoom, clock: Now) -> None:
        self._intake = intake
        self._room = room
        self._rejected = rejected
        self._clock = clock

    @asynccontextmanager
    async def take(self, request: Request, identity: Identity, source: str | None) -> AsyncIterator[Delivery]:
        """The delivery that this request is; inside there is room to read it.

        Raises a `Problem`: 403 when the caller may not send, 503 when there is no room.
        """
        identity.require(Role.INTEGRATION)
        content_type = request.headers.get("content-type", "")
        with self._room.coming() as coming:
            packed = await _read_whole(request, coming)
            pack = _examine(packed, ",".join(request.headers.getlist("content-encoding")))
            async with self._room.seat(pack.weight):
                body = unpack(packed, pack.coding, MAX_BODY_BYTES) if pack.fault is None else pack.beginning
                yield Delivery(body, self._clock.now(), identity, content_type, source, pack.fault)

    def keep(self, delivery: Delivery, detail: str, pointer: str = "") -> None:
        """Keep a body that was refused for inspection."""
        self._rejected.keep(
            Malformed(
                at=delivery.at,
                key_id=delivery.identity.key_id,
                integration_id=delivery.identity.integration_id,
                source=delivery.source,
                content_type=delivery.content_type,
                body=redact(delivery.body[:KEPT_BYTES]),
                size=len(delivery.body),
                digest=hashlib.sha256(delivery.body).digest(),
                detail=detail,
                pointer=pointer,
            )
        )

    def keep_if_malformed(self, delivery: Delivery, problem: Problem) -> None:
        """Keep the body of what was refused as unreadable."""
        if problem.status == 400:
            self.keep(delivery, problem.detail, problem.errors[0].pointer if problem.errors else "")

    async def read(
        self, delivery: Delivery, body: Read, named: str | None, kind: str | None = None
    ) -> list[ReceivedAlert]:
        """The alerts of a delivery whose JSON is `body`. Raises a `Problem` as `parse.alerts_in`."""
        return await self._intake.read(body, named, kind, delivery.at)

    async def accept(self, delivery: Delivery, alerts: Sequence[ReceivedAlert]) -> Accepted:
        """Publish the alerts; returns when the broker has confirmed them, raises a 503 `Problem` when it does not."""
        try:
            return await self._intake.accept(alerts, origin_of(delivery.identity, delivery.at))
        except (ConnectionError, TimeoutError) as error:
            detail = "The broker did not confirm the alerts; send them again."
            raise unavailable(detail, RETRY_AFTER_SECONDS) from error


@dataclass(frozen=True, slots=True)
class Pack:
    """What a body is before it is unpacked."""

    coding: Coding | None = None
    weight: int = 0
    """Of what comes out (`services.ingest.intake.weight`)."""
    fault: Problem | None = None
    """Why it can't be unpacked to its end."""
    beginning: bytes = b""
    """Of one with a fault, as far as can be read."""


async def _read_whole(request: Request, coming: Waiting) -> bytes:
    parts: list[bytes] = []
    async for part in request.stream():
        coming.add(len(part))
        parts.append(part)
    return b"".join(parts)


def _examine(packed: bytes, said: str) -> Pack:
    """Look through a body without keeping what comes out of it."""
    beginning: list[bytes] = []

    def keep_beginning(coding: Coding) -> Iterator[bytes]:
        for piece in pieces(packed, coding, MAX_BODY_BYTES):
            if not beginning:
                beginning.append(piece)
            yield piece

    try:
        coding = coding_of(said) if packed else None
        return Pack(coding, weight([packed] if coding is None else keep_beginning(coding)))
    except Problem as problem:
        return Pack(fault=problem, beginning=b"".join(beginning) or _if_text(packed))


def _if_text(body: bytes) -> bytes:
    """A body that was never packed, whatever its sender says."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return b""
    return body


def origin_of(identity: Identity, at: datetime) -> Origin:
    """Where the alerts of a caller come from, as far as they must know."""
    context = trace.current()
    return Origin(
        at=at,
        integration_id=identity.integration_id,
        service_id=identity.integration_service_id,
        correlation=context.correlation if context else None,
        traceparent=context.traceparent if context else None,
        key_id=identity.key_id,
        teams=identity.teams,
    )
