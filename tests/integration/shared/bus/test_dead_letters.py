"""What is buried says why, keeps no secret, and comes back as it was."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from shared.bus.consumer import EXCHANGE, Delivery
from shared.bus.dead_letters import visit
from shared.failures import Never
from shared.testing.harness import Harness, eventually

KEY = "0123456789abcdef0123456789abcdef"


class Door:
    """Takes raw messages as ingest does; refuses them until it is told otherwise."""

    def __init__(self, kept: bytes | None = None) -> None:
        self.open = False
        self.kept = kept
        self.taken: list[tuple[bytes, dict[str, Any]]] = []

    async def handle(self, batch: Sequence[Delivery[bytes]]) -> None:
        if not self.open:
            raise Never("nobody knows this key", kept=self.kept)
        self.taken += [(delivery.payload, delivery.headers) for delivery in batch]


async def test_a_buried_alert_keeps_its_source_and_its_keys_digest_but_never_the_key(harness: Harness) -> None:
    door = Door()
    await harness.start("ingest", lambda r: r.consume("ingest.raw", door.handle, lambda body, _: body))
    headers = {"x-tocsin-key": KEY, "x-tocsin-source": "generic", "x-other": "1"}
    await harness.publisher.with_headers("alerts.in", "anything", b'{"title": "x"}', headers, "application/json")
    letters = await eventually(lambda: visit(harness.settings, replay=False, limit=10), until=lambda got: len(got) == 1)
    assert (letters[0]["queue"], letters[0]["reason"]) == ("ingest.raw", "Never: nobody knows this key")
    assert KEY not in str(letters)
    door.open = True
    (replayed,) = await visit(harness.settings, replay=True, limit=10)
    assert replayed["replayed"]
    ((body, found),) = await eventually(lambda: door.taken)
    assert body == b'{"title": "x"}'
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    straight_into_its_queue = {EXCHANGE: ""}
    assert found == {"x-tocsin-source": "generic", "x-tocsin-key-digest": digest} | straight_into_its_queue
    assert await visit(harness.settings, replay=False, limit=10) == []


async def test_a_body_that_holds_a_secret_is_buried_as_whoever_refused_it_says(harness: Harness) -> None:
    door = Door(kept=b'{"routing_key": "***"}')
    await harness.start("ingest", lambda r: r.consume("ingest.raw", door.handle, lambda body, _: body))
    await harness.publisher.to_queue("ingest.raw", f'{{"routing_key": "{KEY}"}}'.encode())
    await eventually(lambda: visit(harness.settings, replay=False, limit=10), until=lambda got: len(got) == 1)
    door.open = True
    await visit(harness.settings, replay=True, limit=10)
    ((body, _),) = await eventually(lambda: door.taken)
    assert body == b'{"routing_key": "***"}'


async def test_looking_leaves_them_where_they_are_and_the_limit_holds(harness: Harness) -> None:
    door = Door()
    await harness.start("ingest", lambda r: r.consume("ingest.raw", door.handle, lambda body, _: body))
    for number in range(3):
        await harness.publisher.to_queue("ingest.raw", str(number).encode())
    await eventually(lambda: visit(harness.settings, replay=False, limit=10), until=lambda got: len(got) == 3)
    assert len(await visit(harness.settings, replay=False, limit=2)) == 2
    assert len(await visit(harness.settings, replay=False, limit=10)) == 3
