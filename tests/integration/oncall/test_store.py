"""What on-call asks its database: each question has an index, each write its guard."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from pymongo import monitoring

from services.oncall.directory.entry import Kind, create_entry
from services.oncall.directory.people import Team
from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.escalation import Escalation
from services.oncall.escalation.incident_news import apply_incident
from services.oncall.escalation.page_row import Row, reported_row
from services.oncall.escalation.store.escalations import PUT_OFF, Decided, Escalations
from services.oncall.escalation.store.page_rows import Pages
from services.oncall.escalation.store.turns import Turns
from services.oncall.escalation.ticker import BATCH, Ticker
from shared.clocks.clock import FixedClock
from shared.events.oncall import PageState
from shared.leader_lease import LEASE, LeaderLease
from shared.runtime import Runtime
from shared.testing.harness import Harness
from shared.testing.plans import Heard
from tests.unit.oncall.escalations import Walk, make_directory, make_incident, make_result
from tests.unit.oncall.schedule_builders import make_schedule

pytestmark = pytest.mark.integration

START = datetime(2026, 6, 1, 12, tzinfo=UTC)


HEARD = Heard()
monitoring.register(HEARD)


@dataclass
class Shelf:
    """The stores of a service that does not run, under a clock that stands still."""

    runtime: Runtime
    clock: FixedClock
    directory: DirectoryStore
    escalations: Escalations
    pages: Pages
    lease: LeaderLease
    turns: Turns

    async def follow(self, incident_id: str, generation: int = 1, answered: int = 0, sequence: int = 1) -> Escalation:
        """Fold one state of an incident."""
        before = (await self.escalations.get([incident_id])).get(incident_id)
        fact = make_incident(generation, answered, id=incident_id)
        known = before.escalation if before else None
        decision = apply_incident(known, fact, sequence, make_directory(), self.clock.now())
        assert decision is not None
        assert await self.escalations.commit({incident_id: Decided(before, decision)}) == set()
        return decision.escalation

    def ticker(self, lease: LeaderLease | None = None, *, batch: int = BATCH) -> Ticker:
        return Ticker(
            self.escalations,
            self.directory,
            self.turns,
            lease or self.lease,
            self.clock,
            handed_on=lambda: asyncio.sleep(0),
            batch=batch,
        )


@pytest.fixture
async def shelf(harness: Harness) -> AsyncIterator[Shelf]:
    runtime, clock = Runtime("oncall", harness.settings), FixedClock(START)
    runtime.clock = clock  # type: ignore[assignment]
    stores = DirectoryStore(runtime), Escalations(runtime), Pages(runtime)
    made = Shelf(runtime, clock, *stores, LeaderLease(runtime, "ticker"), Turns(runtime))
    await runtime.database.ensure_indexes(runtime._indexes)
    yield made
    await runtime.database.drop()
    await runtime.database.close()


def result(state: PageState, attempts: int, incident_id: str = "INC-1") -> Row:
    page = Walk().hear(make_incident(id=incident_id)).pages[0]
    return reported_row(make_result(page, state=state, attempts=attempts))


async def test_every_question_has_an_index(shelf: Shelf) -> None:
    for number in range(100):
        await shelf.follow(f"INC-{number}")
    await shelf.directory.commit(create_entry(Kind.TEAM, "t", Team(name="t"), None, START))
    await shelf.pages.fold([result(PageState.SENT, 1, f"INC-{number}") for number in range(100)])
    HEARD.database = shelf.runtime.database.name
    await shelf.directory.get(Kind.TEAM, "t")
    await shelf.directory.missing(Kind.TEAM, ["t", "u"])
    await shelf.directory.page(Kind.TEAM, "", 5)
    await shelf.directory.look()
    shelf.clock.advance(seconds=1)
    await shelf.directory.look()
    _ = [event async for event in shelf.directory.snapshots(Kind.TEAM, "team.changed.v1")()]
    await shelf.follow("INC-1", 1, 1, sequence=2)
    await shelf.escalations.due(START + timedelta(seconds=301), 10)
    await shelf.escalations.put_off("INC-2", START)
    _ = [event async for event in shelf.escalations.snapshots()]
    await shelf.pages.fold([result(PageState.DELIVERED, 1)])
    await shelf.pages.of_incident("INC-1", None, 10)
    await shelf.pages.of_incident("INC-1", (START, ""), 10)
    await shelf.lease.is_mine()
    past = make_schedule().model_copy(update={"series": "s", "known_from": START})
    await shelf.directory.volumes.read_whole(past, START - timedelta(days=1), START)
    await shelf.directory.volumes.override(past, "o1")
    assert {one.collection for one in HEARD.asked} == {
        "directory",
        "escalations",
        "pages",
        "duties",
        "schedule_volumes",
    }
    # without a filter the whole collection is what is asked for
    assert [one for one in await HEARD.scans(shelf.runtime.database) if one.query] == []


async def test_a_write_that_was_decided_on_an_old_state_is_lost_and_changes_nothing(shelf: Shelf) -> None:
    await shelf.follow("INC-1")
    old = (await shelf.escalations.get(["INC-1"]))["INC-1"]
    await shelf.follow("INC-1", 1, 1, sequence=2)
    late = apply_incident(old.escalation, make_incident(title="late"), 3, make_directory(), START)
    assert late is not None
    assert await shelf.escalations.commit({"INC-1": Decided(old, late)}) == {"INC-1"}
    assert (await shelf.escalations.get(["INC-1"]))["INC-1"].escalation.answered == 1


async def test_what_was_stored_is_read_back_as_it_was(shelf: Shelf) -> None:
    for sequence, (generation, answered) in enumerate([(1, 0), (1, 1), (2, 1), (2, 2)], start=1):
        decided = await shelf.follow("INC-1", generation, answered, sequence)
        stored = await shelf.escalations.get(["INC-1"])
        assert stored["INC-1"].escalation == decided


async def test_an_escalation_that_can_not_be_read_does_not_hold_up_the_others(shelf: Shelf) -> None:
    for number in range(3):
        await shelf.follow(f"INC-{number}")
    collection = shelf.runtime.database.collection("escalations")
    await collection.update_one({"_id": "INC-1"}, {"$set": {"state": "dancing"}})
    shelf.clock.advance(seconds=301)
    assert await shelf.ticker().sweep() == 2
    assert await shelf.escalations.due(shelf.clock.now(), 10) == {}
    broken = await collection.find_one({"_id": "INC-1"})
    assert broken is not None
    assert broken["due_at"] == shelf.clock.now() + PUT_OFF


class LostAfterTheFirstBatch(LeaderLease):
    """Passes to another process when so many are left to do."""

    def __init__(self, shelf: Shelf, left: int) -> None:
        super().__init__(shelf.runtime, "ticker")
        self._shelf, self._left = shelf, left

    async def is_mine(self) -> bool:
        if len(await self._shelf.escalations.due(self._shelf.clock.now(), 10)) == self._left:
            self._shelf.clock.advance(seconds=LEASE.total_seconds() + 0.1)
            assert await self._shelf.lease.is_mine()
        return await super().is_mine()


async def test_a_sweep_ends_with_the_lease_and_leaves_the_rest_to_whoever_has_it(shelf: Shelf) -> None:
    for number in range(3):
        await shelf.follow(f"INC-{number}")
    shelf.clock.advance(seconds=301)
    await shelf.ticker(LostAfterTheFirstBatch(shelf, left=2), batch=1).sweep()
    assert len(await shelf.escalations.due(shelf.clock.now(), 10)) == 2


async def test_reports_of_a_page_that_two_processes_store_at_once_end_in_the_furthest(shelf: Shelf) -> None:
    reports = [result(state, attempts) for state in PageState for attempts in (1, 2)]
    random.Random(7).shuffle(reports)
    await asyncio.gather(*(shelf.pages.fold([report]) for report in reports))
    (row,) = await shelf.pages.of_incident("INC-1", None, 10)
    assert (row.state, row.attempts) == (PageState.DELIVERED, 2)


async def test_one_of_two_processes_has_the_lease_until_it_dies_or_releases_it(shelf: Shelf) -> None:
    other = LeaderLease(shelf.runtime, "ticker")
    assert await shelf.lease.is_mine()
    assert not await other.is_mine()
    shelf.clock.advance(seconds=1.5)
    assert await shelf.lease.is_mine()
    shelf.clock.advance(seconds=LEASE.total_seconds() + 0.1)
    assert await other.is_mine()
    assert not await shelf.lease.is_mine()
    await other.release()
    assert await shelf.lease.is_mine()
