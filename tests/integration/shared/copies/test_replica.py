"""A copy of another service's facts ends the same, whatever the order, the repetitions and the processes."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.copies.replica import Replica
from shared.events import Event, make
from shared.events.oncall import TeamFact
from shared.mongo import Database
from shared.settings import Settings
from tests.integration.commands import Commands

AT = datetime(2026, 3, 29, 1, tzinfo=UTC)
_runs = itertools.count()


def team(subject: str, sequence: int, *, deleted: bool = False) -> Event:
    """The fact that a team is at this version; its name tells the version."""
    data = TeamFact(id=subject, name=f"{subject} at {sequence}", deleted=deleted)
    return make("team.changed.v1", subject=subject, sequence=sequence, time=AT, data=data)


def newest(events: Sequence[Event]) -> dict[str, Event]:
    """What a copy must hold after these, in any order: the naive way."""
    return {event.subject: event for event in sorted(events, key=lambda one: one.sequence)}


@pytest.fixture
async def database(apart: Settings) -> AsyncIterator[Database]:
    one = Database(apart, "replicas")
    yield one
    await one.drop()
    await one.close()


async def stored(replica: Replica) -> dict[str, Any]:
    return {document["_id"]: document async for document in replica.collection.find({})}


HISTORY = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 6)), min_size=1, max_size=15, unique=True).flatmap(
    lambda keys: st.tuples(
        # a fact of one version is one fact: whether it is a deletion is fixed by subject and version
        st.just([(subject, sequence, (ord(subject) + sequence) % 4 == 0) for subject, sequence in keys]),
        st.lists(st.integers(0, len(keys) - 1), max_size=10),
        st.randoms(use_true_random=False),
        st.lists(st.integers(1, 5), min_size=1, max_size=10),
    )
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HISTORY)
async def test_any_permutation_and_repetition_in_any_batches_ends_in_the_same_copy(
    database: Database,
    history: tuple[list[tuple[str, int, bool]], list[int], random.Random, list[int]],
) -> None:
    facts, repeated, shuffle, sizes = history
    run = f"{next(_runs)}-"
    events = [team(run + subject, sequence, deleted=deleted) for subject, sequence, deleted in facts]
    stream = events + [events[index] for index in repeated]
    shuffle.shuffle(stream)
    replica = Replica(database.collection("teams"))
    left = iter(stream)
    for size in itertools.cycle(sizes):
        batch = list(itertools.islice(left, size))
        if not batch:
            break
        await replica.fold(batch)
    expected = newest(events)
    found = {key: value for key, value in (await stored(replica)).items() if key.startswith(run)}
    assert {key: value["seq"] for key, value in found.items()} == {k: e.sequence for k, e in expected.items()}
    alive = {key for key, event in expected.items() if not event.data.model_dump()["deleted"]}
    assert set(await replica.get(list(expected))) == alive
    assert {doc["id"] async for doc in replica.all() if doc["id"].startswith(run)} == alive
    assert all(found[key]["data"]["name"] == f"{key} at {event.sequence}" for key, event in expected.items())


async def test_two_processes_that_meet_a_new_subject_at_once_keep_its_newest_fact(apart: Settings) -> None:
    processes = [Database(apart, "replicas") for _ in range(2)]
    try:
        subjects = [f"s{number}" for number in range(400)]
        for start in range(0, len(subjects), 20):
            chunk = subjects[start : start + 20]
            older, newer = ([team(subject, sequence) for subject in chunk] for sequence in (1, 2))
            await asyncio.gather(
                Replica(processes[0].collection("teams")).fold(older),
                Replica(processes[1].collection("teams")).fold(newer),
            )
        found = await stored(Replica(processes[0].collection("teams")))
        assert {document["seq"] for document in found.values()} == {2}
        assert set(found) == set(subjects)
    finally:
        await processes[0].drop()
        for one in processes:
            await one.close()


async def test_a_deleted_subject_stays_deleted_when_an_older_fact_comes_late(database: Database) -> None:
    replica = Replica(database.collection("teams"))
    await replica.fold([team("a", 3, deleted=True)])
    await replica.fold([team("a", 2)])
    assert await replica.get(["a"]) == {}
    await replica.fold([team("a", 4)])
    assert (await replica.get(["a"]))["a"]["name"] == "a at 4"


async def test_nothing_is_asked_for_and_nothing_is_there(database: Database) -> None:
    replica = Replica(database.collection("teams"))
    await replica.fold([])
    assert await replica.get([]) == {}
    assert await replica.get(["nobody"]) == {}


async def test_first_and_later_facts_are_one_command_each(apart: Settings) -> None:
    commands = Commands(apart.namespace)
    database = Database(apart, "replicas")
    replica = Replica(database.collection("teams"))
    try:
        await replica.fold([team("new", 1), team("quick", 1), team("quick", 2)])
        await replica.fold([team("new", 3), team("quick", 4)])
        await replica.fold([team("new", 2)])
        assert {key: one["seq"] for key, one in (await stored(replica)).items()} == {"new": 3, "quick": 4}
        told = [one for one in commands.sent if one.startswith("teams.") and not one.endswith(".find")]
        older = ["teams.update", "teams.insert", "teams.update"]
        assert told == ["teams.insert", "teams.update", *older], "only what came too late costs more"
    finally:
        await database.drop()
        await database.close()
