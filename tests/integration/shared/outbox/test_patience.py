"""Side documents of a patient collection: written together with others soon after, and never lost."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence

import pytest

from shared.clocks.clock import Clock
from shared.events import make
from shared.events.oncall import UserErased
from shared.mongo import Database
from shared.outbox.aggregates import Aggregates, Change, Record
from shared.outbox.relay import Relay
from shared.settings import Settings
from shared.testing.harness import eventually
from tests.integration.commands import Commands

THINGS = 5


class Bus:
    """Takes everything at once."""

    def __init__(self) -> None:
        self.published: list[str] = []

    async def publish_events(self, events: Sequence[tuple[str, bytes, str]]) -> None:
        self.published += [name for _, _, name in events]


class Stage:
    """A patient collection and its relay; its side documents wait so many seconds for more."""

    def __init__(self, settings: Settings, namespace: str, *, seconds: float = 30) -> None:
        self.commands = Commands(f"{namespace}_incident")
        self.database = Database(settings.model_copy(update={"namespace": namespace}), "incident", Clock(None))
        self.bus = Bus()
        self.relay = Relay(self.bus, self.database, self.database.clock)
        self.things = Aggregates(
            self.database.collection("things"), self.relay, self.database.clock, transactional=True
        )
        self.relay.be_patient(self.things.collection)
        self.relay.later.SECONDS = seconds
        self.running: list[asyncio.Task[None]] = []

    def run(self) -> None:
        self.running = [asyncio.create_task(run()) for run in self.relay.loops]

    async def die(self) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    async def commit(self, key: str, base: int, lines: int = 1) -> set[str]:
        event = make(
            "user.erased.v1", subject=key, sequence=base + 1, time=self.database.clock.now(), data=UserErased(id=key)
        )
        records = [Record("lines", f"{key}-{base}-{line}", {"of": key}) for line in range(lines)]
        return await self.things.commit([Change(key, base, {"n": base}, events=[event], records=records)])

    async def lines(self) -> int:
        return await self.database.collection("lines").count_documents({})

    async def waiting(self) -> int:
        return await self.things.collection.count_documents({"outbox_at": {"$exists": True}})


@pytest.fixture
async def stage(parts: Settings) -> AsyncIterator[Stage]:
    one = Stage(parts, f"t{secrets.token_hex(5)}")
    one.run()
    yield one
    await one.die()
    with contextlib.suppress(Exception):
        await one.database.drop()
    await one.database.close()


async def test_what_comes_soon_after_is_written_and_cleared_with_it(stage: Stage) -> None:
    for number in range(THINGS):
        await stage.commit(f"t{number}", 0)
    await eventually(lambda: len(stage.bus.published) == THINGS)
    await stage.relay.end()
    sent = stage.commands.counts
    assert await stage.lines() == THINGS
    assert await stage.waiting() == 0
    assert sent["things.insert"] == THINGS
    assert sent["lines.insert"] <= 2
    assert sent["things.update"] <= 2


async def test_events_do_not_wait_for_side_documents(stage: Stage) -> None:
    await stage.commit("a", 0)
    await eventually(lambda: stage.bus.published)
    assert (await stage.lines(), await stage.waiting()) == (0, 1)
    stage.relay.later.hurry()
    await eventually(stage.lines, until=lambda count: count == 1)
    await eventually(stage.waiting, until=lambda count: count == 0)


async def test_what_is_written_again_meanwhile_is_handed_on_and_cleared_too(stage: Stage) -> None:
    for base in range(3):
        assert await stage.commit("a", base) == set()
    await stage.relay.end()
    assert (await stage.lines(), await stage.waiting()) == (3, 0)
    assert len(set(stage.bus.published)) == len(stage.bus.published) == 3


async def test_the_next_commit_takes_along_what_was_handed_on(stage: Stage) -> None:
    await stage.commit("a", 0)
    await stage.relay.drain()
    assert (await stage.lines(), await stage.waiting()) == (1, 1)
    assert await stage.things.commit([Change("a", 1, {"n": 1})]) == set()
    assert await stage.waiting() == 0
    await stage.relay.end()
    assert stage.commands.counts["things.update"] == 1


async def test_of_many_none_stands(stage: Stage) -> None:
    many = stage.relay.clearing.FEW_ONE_BY_ONE // 2 + 1  # each leaves an event and a line
    for number in range(many):
        await stage.commit(f"t{number}", 0)
    await stage.relay.drain()
    assert (await stage.lines(), await stage.waiting()) == (many, 0)


async def test_much_at_once_does_not_wait(stage: Stage) -> None:
    await stage.commit("a", 0, lines=stage.relay.clearing.LARGE + 1)
    await eventually(stage.waiting, until=lambda count: count == 0)
    assert await stage.lines() == stage.relay.clearing.LARGE + 1
    few = stage.relay.later.MANY // 10 + 1
    for number in range(11):
        await stage.commit(f"t{number}", 0, lines=few)
    await eventually(stage.waiting, until=lambda count: count <= 2)  # the last two are few again


async def test_a_process_that_dies_leaves_its_side_documents_to_another(parts: Settings, stage: Stage) -> None:
    await stage.commit("a", 0)
    await eventually(lambda: stage.bus.published)
    await stage.die()
    assert await stage.lines() == 0
    other = Stage(parts, stage.database.name.removesuffix("_incident"), seconds=0.1)
    other.run()
    try:
        await eventually(other.lines, until=lambda count: count == 1)
        await eventually(other.waiting, until=lambda count: count == 0)
        assert other.bus.published == stage.bus.published, "told again, under the same id"
    finally:
        await other.die()
        await other.database.close()
