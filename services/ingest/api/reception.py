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
from shared.problem import Problem, unavailable
from shared.telemetry import trace
from shared.vocabulary import Role

RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request of a sender that may send."""

    body: bytes
    at: datetime
    """When it arrived."""
    identity: Identity
    content_type: str
    source: str | None
    """The source that it names or came in by."""


class Reception:
    """One per process."""

    def __init__(self, door: Door, keeper: BodyKeeper, clock: Now) -> None:
        self._door = door
        self._keeper = keeper
        self._clock = clock

    async def take(self, request: Request, identity: Identity, source: str | None) -> Delivery:
        """The delivery that this request is. Raises a 403 `Problem` when the caller may not send."""
        identity.require(Role.INTEGRATION)
        body = await request.body()
        return Delivery(body, self._clock.now(), identity, request.headers.get("content-type", ""), source)

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
