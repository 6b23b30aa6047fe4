"""Alerts that monitoring publishes straight to RabbitMQ, exchange `tocsin.alerts.in`.

The header `x-tocsin-key` holds an integration, manager or admin key, checked against the copy of the gateway's keys by
its SHA-256; `x-tocsin-source` names the source, else the shape tells. A bad key or body goes to the dead letters. A key
that is not known is waited for a little: the fact of a key that was made just now may still be on its way. From here
on the alerts go the same way as all others. A replayed dead letter bears the digest in its place; a key in a
body, which nothing here reads, is masked before it lies among the dead letters.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.ingest.catalogue_copy.store import Keys
from services.ingest.intake.accept import Intake
from services.ingest.intake.message import Origin
from services.ingest.intake.parse import parse
from services.ingest.intake.reading_room import SMALL, ReadingRoom
from services.ingest.intake.weight import weight
from services.ingest.normalisation.alert import ReceivedAlert
from services.ingest.redaction import redact
from shared.bus.consumer import EXCHANGE, Delivery
from shared.bus.dead_letters import KEY, KEY_DIGEST
from shared.clocks.clock import Now
from shared.events.control import KeyFact
from shared.failures import Never
from shared.ids import fresh
from shared.problem import Problem
from shared.vocabulary import Role

KEY_HEADER = KEY
SOURCE_HEADER = "x-tocsin-source"
MAY_SEND = frozenset((Role.INTEGRATION, Role.MANAGER, Role.ADMIN))
MAX_BYTES = 10 * 1024 * 1024
WAIT_SECONDS = 2.0
AMQP_BATCH = 8
"""Messages at a time; twice as many wait in the process, each of up to `MAX_BYTES`."""
STRANGE_FOR = timedelta(seconds=30)
_LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class AmqpMessage:
    """One message as it came."""

    body: bytes
    digest: str
    source: str | None


def read_amqp_message(body: bytes, headers: dict[str, Any]) -> AmqpMessage:
    """How these messages are decoded: the key is forgotten at once, only its digest is kept.

    A digest counts as a key only where we put a dead letter back into its queue: whoever publishes to the exchange
    must know the key itself.
    """
    key, source = _text(headers.pop(KEY_HEADER, None)).strip(), _text(headers.get(SOURCE_HEADER))
    kept = _text(headers.get(KEY_DIGEST)) if headers.get(EXCHANGE) == "" else ""
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest() if key else kept
    return AmqpMessage(body, digest, source or None)


def why_refused(key: KeyFact | None, now: datetime) -> str | None:
    """Why a key may not send alerts; None when it may."""
    if key is None:
        return "the key is missing or nobody knows it"
    if key.revoked:
        return f"the key {key.id} was revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return f"the key {key.id} has expired"
    if key.role not in MAY_SEND:
        return f"the key {key.id} has the role {key.role.value}, which may not send alerts"
    return None


class Heavy(Exception):
    """These messages are too much to be read at once; one by one they are not."""


class AmqpHandler:
    """Accepts the alerts of messages that monitoring publishes itself."""

    def __init__(self, intake: Intake, keys: Keys, room: ReadingRoom, clock: Now) -> None:
        self._intake = intake
        self._room = room
        self._keys = keys
        self._clock = clock
        self._strangers: dict[str, datetime] = {}

    async def handle(self, batch: Sequence[Delivery[AmqpMessage]]) -> None:
        """All are read before one is let in: when one is refused, the consumer tries each alone, and it alone goes.

        So it does with messages that are heavy together. Each waits for room as long as it takes.
        """
        heavy = sum(weight([delivery.payload.body]) for delivery in batch)
        if len(batch) > 1 and heavy > SMALL:
            raise Heavy
        async with self._room.seat(heavy, patience=None):
            await self._take(batch)

    async def _take(self, batch: Sequence[Delivery[AmqpMessage]]) -> None:
        keys = await self._find_keys({delivery.payload.digest for delivery in batch} - {""})
        ready = [await self._read(delivery.payload, keys.get(delivery.payload.digest)) for delivery in batch]
        for alerts, origin in ready:
            await self._intake.accept(alerts, origin)

    async def _read(self, raw: AmqpMessage, key: KeyFact | None) -> tuple[list[ReceivedAlert], Origin]:
        now = self._clock.now()
        reason = why_refused(key, now)
        if reason is not None or key is None:
            raise Never(reason or "", kept=redact(raw.body))
        if len(raw.body) > MAX_BYTES:
            raise Never(f"the body is larger than {MAX_BYTES} bytes", kept=redact(raw.body))
        try:
            alerts = await self._intake.read(parse(raw.body), raw.source, key.integration_kind, now)
        except Problem as problem:
            raise Never(f"{problem.code}: {problem.detail}", kept=redact(raw.body)) from problem
        origin = Origin(
            now,
            key.integration_id,
            key.integration_service_id,
            correlation=fresh(),
            key_id=key.id.removesuffix(".former"),
            teams=tuple(key.teams),
        )
        return alerts, origin

    async def _find_keys(self, digests: set[str]) -> dict[str, KeyFact]:
        """The keys of these digests; a stranger is waited for once, and not again for a while."""
        now = self._clock.now()
        self._strangers = {digest: until for digest, until in self._strangers.items() if until > now}
        found = await self._keys.by_digests(digests)
        left = WAIT_SECONDS
        while left > 0 and not digests <= found.keys() | self._strangers.keys():
            await asyncio.sleep(_LOOK_SECONDS)
            left -= _LOOK_SECONDS
            found = await self._keys.by_digests(digests)
        self._strangers |= dict.fromkeys(digests - found.keys(), now + STRANGE_FOR)
        return found


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""
