"""What every route that monitoring delivers to does: take the body, keep it when it can't be read, let its alerts in.

503 and never 429 when the broker does not confirm: Alertmanager repeats only what was answered with 5xx.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from services.ingest.body_keeper import BodyKeeper
from services.ingest.door import Accepted, Door
from services.ingest.intake import Origin
from services.ingest.received import ReceivedAlert
from services.ingest.redaction import redacted
from services.ingest.store.malformed import Malformed
from shared.clock import Now
from shared.identity import Identity
from shared.packed import coding_of, pieces
from shared.problem import Problem, unavailable
from shared.telemetry import trace
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


class Reception:
    """One per process."""

    def __init__(self, door: Door, keeper: BodyKeeper, clock: Now) -> None:
        self._door = door
        self._keeper = keeper
        self._clock = clock

    async def take(self, request: Request, identity: Identity, source: str | None) -> Delivery:
        """The delivery that this request is. Raises a 403 `Problem` when the caller may not send."""
        identity.require(Role.INTEGRATION)
        packed = await request.body()
        body, fault = _unpacked(packed, ",".join(request.headers.getlist("content-encoding")))
        content_type = request.headers.get("content-type", "")
        return Delivery(body, self._clock.now(), identity, content_type, source, fault)

    def keep(self, delivery: Delivery, detail: str, pointer: str = "") -> None:
        """Keep a body that was refused for inspection."""
        self._keeper.keep(
            Malformed(
                at=delivery.at,
                key_id=delivery.identity.key_id,
                integration_id=delivery.identity.integration_id,
                source=delivery.source,
                content_type=delivery.content_type,
                body=redacted(delivery.body),
                detail=detail,
                pointer=pointer,
            )
        )

    def keep_if_malformed(self, delivery: Delivery, problem: Problem) -> None:
        """Keep the body of what was refused as unreadable."""
        if problem.status == 400:
            self.keep(delivery, problem.detail, problem.errors[0].pointer if problem.errors else "")

    async def let_in(self, delivery: Delivery, alerts: Sequence[ReceivedAlert]) -> Accepted:
        """Publish the alerts; returns when the broker has confirmed them, raises a 503 `Problem` when it does not."""
        try:
            return await self._door.accept(alerts, origin_of(delivery.identity, delivery.at))
        except (ConnectionError, TimeoutError) as error:
            detail = "The broker did not confirm the alerts; send them again."
            raise unavailable(detail, RETRY_AFTER_SECONDS) from error


def _unpacked(packed: bytes, said: str) -> tuple[bytes, Problem | None]:
    """A body without its coding, and why that can't be taken off to the end."""
    so_far: list[bytes] = []
    try:
        coding = coding_of(said)
        if coding is None or not packed:
            return packed, None
        for piece in pieces(packed, coding, MAX_BODY_BYTES):
            so_far.append(piece)  # noqa: PERF402 - what came out before a fault is wanted
    except Problem as problem:
        return b"".join(so_far) or _if_text(packed), problem
    return b"".join(so_far), None


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
