"""Due work is taken up when it is due, without asking the database while nothing is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from shared.clocks.clock import FixedClock
from shared.due_work import DueWork

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)


@dataclass
class Shelf:
    """Due times in a list, as a collection would have them; counts what it is asked."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    due: list[datetime] = field(default_factory=list)
    taken: list[tuple[datetime, bool]] = field(default_factory=list)
    sweeps: int = 0
    looks: int = 0
    failures: int = 0

    def __post_init__(self) -> None:
        self.work = DueWork("test", self.sweep, first_due=self.first_due, clock=self.clock, look_seconds=60)

    async def sweep(self) -> bool:
        self.sweeps += 1
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the database is down")
        now = self.clock.now()
        self.taken += [(at, self.work.is_own) for at in self.due if at <= now]
        self.due = [at for at in self.due if at > now]
        return False

    async def first_due(self) -> datetime | None:
        self.looks += 1
        return min(self.due, default=None)


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    shelf = Shelf()
    running = asyncio.create_task(shelf.work.run())
    yield shelf
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def until_swept(shelf: Shelf, times: int) -> None:
    async with asyncio.timeout(5):
        while shelf.sweeps < times:  # noqa: ASYNC110 - what is watched has no event
            await asyncio.sleep(0.01)


async def until_looked(shelf: Shelf) -> None:
    async with asyncio.timeout(5):
        while not shelf.looks:  # noqa: ASYNC110 - what is watched has no event
            await asyncio.sleep(0.01)


async def test_what_this_process_wrote_is_taken_up_when_it_is_due_and_not_before(shelf: Shelf) -> None:
    await until_looked(shelf)
    at = NOW + timedelta(seconds=30)
    shelf.due.append(at)
    shelf.work.expect(at)
    shelf.clock.advance(seconds=29)
    await asyncio.sleep(0.3)
    assert (shelf.sweeps, shelf.taken) == (0, [])
    shelf.clock.advance(seconds=1)
    await until_swept(shelf, 1)
    assert shelf.taken == [(at, True)]


async def test_what_was_seen_at_the_last_look_is_taken_up_when_it_is_due() -> None:
    shelf = Shelf(due=[NOW + timedelta(minutes=10)])
    running = asyncio.create_task(shelf.work.run())
    await until_looked(shelf)
    shelf.clock.advance(minutes=10)
    await until_swept(shelf, 1)
    assert shelf.taken == [(NOW + timedelta(minutes=10), False)]
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_nothing_is_asked_while_nothing_is_due(shelf: Shelf) -> None:
    await until_looked(shelf)
    shelf.work.expect(None)
    shelf.work.expect(NOW + timedelta(days=1))
    await asyncio.sleep(0.5)
    assert (shelf.sweeps, shelf.looks) == (0, 1)


async def test_a_failure_is_tried_again_soon() -> None:
    shelf = Shelf(due=[NOW], failures=2)
    running = asyncio.create_task(shelf.work.run())
    await until_swept(shelf, 3)
    assert shelf.taken == [(NOW, False)]
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_what_stays_due_is_looked_at_again_without_haste() -> None:
    shelf = Shelf()
    work = DueWork("test", shelf.sweep, first_due=always, clock=shelf.clock, look_seconds=60)
    running = asyncio.create_task(work.run())
    await asyncio.sleep(0.5)
    assert 2 <= shelf.sweeps <= 6
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def always() -> datetime:
    return NOW - timedelta(hours=1)
