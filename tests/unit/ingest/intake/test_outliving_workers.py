"""Ingest's workers go on when a round of theirs is cancelled by nobody, as a driver of ours may do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.catalogue_copy.routing import Service
from services.ingest.intake.rejected_bodies import RejectedBodies
from services.ingest.intake.store import Malformed
from shared.bus.news import Nudges

pytestmark = pytest.mark.unit


class Flaky:
    """A database whose first answer is a cancellation."""

    def __init__(self) -> None:
        self.asked = 0
        self.kept: list[Malformed] = []

    def _answer(self) -> None:
        self.asked += 1
        if self.asked == 1:
            raise asyncio.CancelledError

    async def keep(self, one: Malformed) -> None:
        self._answer()
        self.kept.append(one)

    async def mark(self) -> tuple[int, str]:
        self._answer()
        return (1, "")

    async def services(self) -> list[Service]:
        return [Service("payments", "Payments")]


async def until(run: Callable[[], Awaitable[None]], is_done: Callable[[], bool]) -> None:
    """Let a worker run until then; it must still be running."""
    worker = asyncio.ensure_future(run())
    async with asyncio.timeout(10):
        while not is_done():
            assert not worker.done()
            await asyncio.sleep(0.01)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


def body(pointer: str) -> Malformed:
    return Malformed(
        at=datetime(2026, 11, 21, tzinfo=UTC),
        key_id="k",
        integration_id=None,
        source=None,
        content_type="text/plain",
        body=b"x",
        size=1,
        digest=b"0123",
        detail="no JSON",
        pointer=pointer,
    )


async def test_the_keeper_of_bodies() -> None:
    flaky = Flaky()
    rejected = RejectedBodies(flaky)  # type: ignore[arg-type]
    rejected.keep(body("/1"))
    rejected.keep(body("/2"))
    await until(rejected.run, lambda: [one.pointer for one in flaky.kept] == ["/2"])


async def test_the_keeper_of_services() -> None:
    rejected = CatalogueCache(Flaky(), Nudges())  # type: ignore[arg-type]
    await until(rejected.run, lambda: rejected.directory.find("payments", None, {}) == "payments")
