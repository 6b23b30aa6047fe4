"""A rehearsal equals what the engine then does: on a real database, page by page, driven by a clock that is moved."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from services.oncall.directory.entry import Kind, create_entry
from services.oncall.directory.snapshot import Directory
from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.escalation import Attempt
from services.oncall.escalation.handlers import IncidentHandler
from services.oncall.escalation.store.escalations import Escalations
from services.oncall.escalation.store.turns import Turns
from services.oncall.escalation.ticker import Ticker
from services.oncall.rehearsals.simulation import News, Rehearsed, turns_in_play, with_turns
from services.oncall.runbook_copies.store import RunbookCopies
from shared.bus.consumer import Delivery
from shared.clocks.clock import FixedClock
from shared.events import make
from shared.leader_lease import LeaderLease
from shared.runtime import Runtime
from shared.testing.harness import Harness
from tests.unit.oncall.rehearsals.worlds import Organisation, make_organisation

pytestmark = pytest.mark.integration

WORLDS = 8
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Engine:
    """The engine's stores and workers, under a clock that stands still."""

    runtime: Runtime
    clock: FixedClock
    directory: DirectoryStore
    escalations: Escalations
    turns: Turns
    runbooks: RunbookCopies

    async def seed(self, organisation: Organisation) -> None:
        """Store all that the organisation has."""
        for kind, things in (
            (Kind.USER, organisation.users),
            (Kind.TEAM, organisation.teams),
            (Kind.SCHEDULE, organisation.schedules),
            (Kind.POLICY, organisation.policies),
        ):
            for key, content in things.items():
                assert await self.directory.commit(create_entry(kind, key, content, None, BEGAN))
        now = self.clock.now()
        await self.runbooks.learn(
            make("runbook.changed.v1", subject=one.id, sequence=1, time=now, data=one) for one in organisation.runbooks
        )

    async def begin(self, organisation: Organisation) -> None:
        """Turn the clock back to the beginning, with nothing left of who led after it."""
        self.clock.advance(seconds=(BEGAN - self.clock.now()).total_seconds())
        await self.runtime.database.collection("duties").delete_many({})
        await self.seed(organisation)

    async def plans(self) -> Directory:
        """The directory with the runbooks."""
        return replace(self.directory.now.freeze(), runbooks=await self.runbooks.read())

    async def tell(self, news: Sequence[News], at: datetime) -> None:
        """The incident service tells of these in one batch."""
        self.clock.advance(seconds=(at - self.clock.now()).total_seconds())
        handler = IncidentHandler(self.escalations, self.directory, self.turns, self.runbooks, self.clock)
        await handler.handle(
            [
                Delivery(
                    make("incident.changed.v1", subject=one.fact.id, sequence=one.sequence, time=at, data=one.fact),
                    {},
                    False,
                    "incident.changed.v1",
                )
                for one in news
            ]
        )

    async def run(self, ids: Sequence[str], until: datetime | None = None) -> None:
        """Move the clock from one due time to the next, and have the ticker do what is due."""
        lease = LeaderLease(self.runtime, "ticker")
        ticker = Ticker(self.escalations, self.directory, self.turns, lease, self.clock, handed_on=_nothing)
        for _ in range(2000):
            known = await self.escalations.get(ids)
            times = [one.escalation.due_at for one in known.values() if one.escalation.due_at is not None]
            due = min(times, default=None)
            if due is None or (until is not None and due >= until):
                return
            self.clock.advance(seconds=(due - self.clock.now()).total_seconds())
            await ticker.sweep()
        raise AssertionError("it has no end")

    async def pages(self, ids: Sequence[str], since: datetime) -> list[tuple[object, ...]]:
        """The rows of the pages that were asked for from an instant on, whatever their order at one instant."""
        known = await self.escalations.get(ids)
        attempts = [(key, one) for key, kept in known.items() for one in kept.escalation.attempts]
        return sorted(_row(key, one) for key, one in attempts if one.requested_at >= since)


async def _nothing() -> None:
    pass


def _row(incident: str, one: Attempt) -> tuple[object, ...]:
    return (
        one.requested_at.isoformat(),
        incident,
        one.user_id,
        one.method_id,
        one.channel.value,
        one.step,
        one.round,
        one.generation,
        one.reason.value,
        one.urgency.value,
        str(one.rule),
    )


def rows_of(rehearsed: Rehearsed, news: Sequence[News]) -> list[tuple[object, ...]]:
    return sorted(_row(news[page.incident].fact.id, page.attempt) for page in rehearsed.pages)


@pytest.fixture
async def engine(harness: Harness) -> AsyncIterator[Engine]:
    runtime, clock = Runtime("oncall", harness.settings), FixedClock(BEGAN)
    runtime.clock = clock  # type: ignore[assignment]
    made = Engine(runtime, clock, DirectoryStore(runtime), Escalations(runtime), Turns(runtime), RunbookCopies(runtime))
    await runtime.database.ensure_indexes(runtime._indexes)
    yield made
    await runtime.database.drop()
    await runtime.database.close()


async def rehearse(engine: Engine, news: Sequence[News], at: datetime, directory: Directory) -> Rehearsed:
    taken = await engine.turns.read(turns_in_play(news, directory))
    return with_turns(taken, directory).run(news, at)


async def test_a_rehearsal_equals_what_the_engine_then_does(engine: Engine) -> None:
    compared = held = 0
    for seed in range(WORLDS):
        dice = random.Random(seed)
        organisation = make_organisation(dice, f"w{seed}-")
        await engine.begin(organisation)
        # steps in turn have begun before, for incidents that are over
        before = [News(organisation.incident(dice, f"OLD-{number}"), 1) for number in range(2)]
        await engine.tell(before, organisation.at)
        await engine.run([one.fact.id for one in before])
        at = max(organisation.at, engine.clock.now())
        news = organisation.news(dice, dice.randrange(1, 4))
        rehearsed = await rehearse(engine, news, at, await engine.plans())
        await engine.tell(news, at)
        ids = [one.fact.id for one in news]
        await engine.run(ids)
        assert rows_of(rehearsed, news) == await engine.pages(ids, at), f"world {seed}"
        assert rehearsed.is_whole
        compared += len(rehearsed.pages)
        states = {key: one.escalation.state for key, one in (await engine.escalations.get(ids)).items()}
        assert [course.escalation.state for course in rehearsed.courses if course.escalation] == [
            states[one] for one in ids
        ]
        held += sum(one.escalation.hold is not None for one in (await engine.escalations.get(ids)).values())
    assert compared > 5 * WORLDS
    assert held > WORLDS // 4


async def test_an_open_incident_runs_on_to_the_instant_and_goes_on_from_there(engine: Engine) -> None:
    compared = 0
    for seed in range(WORLDS):
        dice = random.Random(1000 + seed)
        organisation = make_organisation(dice, f"w{seed}-")
        await engine.begin(organisation)
        opened = organisation.incident(dice, "INC-1")
        await engine.tell([News(opened, 1)], organisation.at)
        known = (await engine.escalations.get([opened.id]))[opened.id].escalation
        at = organisation.at.replace(second=7) + (organisation.at - organisation.at.replace(minute=0))
        again = opened.changed(paging=opened.paging.changed(generation=2, answered=1, cause="another"))
        news = [News(again, 2, known)]
        rehearsed = await rehearse(engine, news, at, await engine.plans())
        await engine.run([opened.id], until=at)
        await engine.tell([News(again, 2)], at)
        await engine.run([opened.id])
        assert rows_of(rehearsed, news) == await engine.pages([opened.id], at), f"world {seed}"
        compared += len(rehearsed.pages)
    assert compared > WORLDS
