"""What was handed on and still stands in its document: the next commit takes it along, or it is cleared soon after."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence

import pytest

from shared.clocks.clock import Clock
from shared.events import make
from shared.events.oncall import UserErased
from shared.mongo import Database, Document
from shared.outbox.aggregates import Aggregates, Change
from shared.outbox.relay import Relay
from shared.settings import Settings
from shared.testing.harness import eventually


class Bus:
    """Takes everything at once."""

    def __init__(self) -> None:
        self.published: list[str] = []

    async def publish_events(self, events: Sequence[tuple[str, bytes, str]]) -> None:
        self.published += [name for _, _, name in events]


class Stage:
    """A collection whose relay hands on, and clears when it is asked to."""

    def __init__(self, database: Database, clock: Clock, *, transactional: bool) -> None:
        self.clock = clock
        self.bus = Bus()
        self.relay = Relay(self.bus, database, clock)
        self.things = Aggregates(database.collection("things"), self.relay, clock, transactional=transactional)

    async def commit(self, *changes: tuple[str, int], told: bool = True) -> set[str]:
        """Commit a change on each (id, base), wait until what it leaves is handed on; the ids that lost."""
        written = []
        for key, base in changes:
            data = UserErased(id=key)
            event = make("user.erased.v1", subject=key, sequence=base + 1, time=self.clock.now(), data=data)
            written.append(Change(key, base, {"base": base}, events=[event] if told else []))
        before = len(self.bus.published)
        lost = await self.things.commit(written)
        expected = before + (len(changes) - len(lost)) * told
        await eventually(lambda: len(self.bus.published), until=lambda count: count == expected)
        await self.relay.drain()
        return lost

    async def marks(self, *keys: str) -> list[int]:
        """How many commits' handovers stand in each document."""
        found = [await self.things.collection.find_one({"_id": key}) or {} for key in keys]
        assert all(("outbox" in one) == ("outbox_at" in one) for one in found)
        return [len(one.get("outbox", {"marks": []})["marks"]) for one in found]


@contextlib.asynccontextmanager
async def _staged(parts: Settings, *, transactional: bool) -> AsyncIterator[Stage]:
    settings = parts.model_copy(update={"namespace": f"t{secrets.token_hex(5)}"})
    clock = Clock(None)
    database = Database(settings, "comms", clock)
    stage = Stage(database, clock, transactional=transactional)
    lanes = asyncio.gather(*(run() for run in stage.relay.loops[:2]))
    try:
        yield stage
    finally:
        lanes.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await lanes
        await database.drop()
        await database.close()


@pytest.fixture
async def stage(parts: Settings) -> AsyncIterator[Stage]:
    async with _staged(parts, transactional=False) as found:
        yield found


async def test_the_next_commit_takes_along_what_was_handed_on(stage: Stage) -> None:
    await stage.commit(("a", 0))
    first = await stage.things.collection.find_one({"_id": "a"})
    assert first is not None
    assert await stage.marks("a") == [1]
    await stage.commit(("a", 1))
    second = await stage.things.collection.find_one({"_id": "a"})
    assert second is not None
    assert (second["version"], len(second["outbox"]["events"])) == (2, 1)
    assert second["outbox"]["marks"] != first["outbox"]["marks"]
    await stage.commit(("a", 2), told=False)
    assert await stage.marks("a") == [0]
    assert len(set(stage.bus.published)) == len(stage.bus.published) == 2


async def test_what_waits_beside_it_stays(stage: Stage) -> None:
    await stage.commit(("a", 0), ("b", 0), ("c", 0))
    other: Document = {"id": "evt_x", "key": "k", "body": b"{}", "mark": "another process's"}
    push = {"$push": {"outbox.marks": other["mark"], "outbox.events": other}}
    await stage.things.collection.update_one({"_id": "b"}, push)
    await stage.commit(("d", 0))
    await stage.relay.clearing.clear_all()
    assert await stage.marks("a", "b", "c", "d") == [0, 1, 0, 0]
    left = await stage.things.collection.find_one({"_id": "b"})
    assert left is not None
    assert left["outbox"]["events"] == [other]


async def test_a_commit_on_what_another_wrote_takes_nothing_along(stage: Stage) -> None:
    await stage.commit(("a", 0))
    other = "another process's"
    bump = {"$inc": {"version": 1}, "$push": {"outbox.marks": other, "outbox.events": {"id": "x", "mark": other}}}
    await stage.things.collection.update_one({"_id": "a"}, bump)
    assert await stage.commit(("a", 1)) == {"a"}
    assert await stage.marks("a") == [2]
    assert await stage.commit(("a", 2)) == set()
    assert await stage.marks("a") == [3]
    await stage.relay.clearing.clear_all()
    assert await stage.marks("a") == [1]


async def test_what_a_lost_commit_would_have_taken_along_is_cleared_all_the_same(stage: Stage) -> None:
    await stage.commit(("a", 0))
    await stage.things.collection.update_one({"_id": "a"}, {"$set": {"version": 7}})
    assert await stage.commit(("a", 1)) == {"a"}
    assert await stage.marks("a") == [1]
    await stage.relay.end()
    assert await stage.marks("a") == [0]


async def test_what_is_cleared_one_by_one_does_not_stand(parts: Settings) -> None:
    async with _staged(parts, transactional=True) as stage:
        await stage.commit(("a", 0), ("b", 0))
        await eventually(lambda: stage.marks("a", "b"), until=lambda marks: marks == [0, 0])
        await stage.commit(("a", 1))
        await eventually(lambda: stage.marks("a"), until=lambda marks: marks == [0])
        assert len(set(stage.bus.published)) == len(stage.bus.published) == 3
