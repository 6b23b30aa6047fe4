"""The plumbing on real parts: what is committed is published, whatever dies, and nothing is published twice over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.bus.consumer import Delivery
from shared.bus.dead_letters import visit
from shared.events import Event, make
from shared.events.oncall import UserErased
from shared.failures import Never
from shared.mongo import Database, Document
from shared.outbox.aggregates import Aggregates, Change, Record
from shared.outbox.races import decide_and_commit
from shared.runtime import Runtime
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from shared.testing.plans import is_indexed
from shared.timers import DUE_INDEX, sweep_forever


def erased(runtime: Runtime, key: str, sequence: int = 1) -> Event:
    return make("user.erased.v1", subject=key, sequence=sequence, time=runtime.clock.now(), data=UserErased(id=key))


class Seen:
    """A consumer that notes what it handled."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.batches: list[int] = []
        self.fail: dict[str, list[Exception]] = {}

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        for delivery in batch:
            left = self.fail.get(delivery.payload.subject)
            if left:
                raise left.pop(0)
        self.batches.append(len(batch))
        self.subjects += [delivery.payload.subject for delivery in batch]


async def test_a_commit_is_published_and_its_outbox_is_cleared(harness: Harness) -> None:
    things: list[Aggregates] = []
    runtime = await harness.start("comms", lambda r: things.append(r.aggregates("things")))
    (aggregates,) = things
    lost = await aggregates.commit(
        [
            Change(f"t{n}", 0, {"n": n}, events=[erased(runtime, f"t{n}")], records=[Record("side", f"r{n}", {"n": n})])
            for n in range(50)
        ]
    )
    assert lost == set()
    await eventually(lambda: len({event.subject for event in harness.events}) == 50)
    await eventually(
        lambda: aggregates.collection.count_documents({"outbox_at": {"$exists": True}}), until=lambda n: n == 0
    )
    assert await runtime.database.collection("side").count_documents({}) == 50


async def test_what_drains_leaves_nothing_to_be_told_again(harness: Harness) -> None:
    things: list[Aggregates] = []
    runtime = await harness.start("comms", lambda r: things.append(r.aggregates("things")))
    (aggregates,) = things
    await aggregates.commit(
        [Change("a", 0, {"n": 0}, events=[erased(runtime, "a")], records=[Record("side", "r", {"n": 0})])]
    )
    await harness.stop(runtime)
    database = Database(harness.settings, "comms")
    assert await database.collection("things").count_documents({"outbox_at": {"$exists": True}}) == 0
    assert await database.collection("side").count_documents({}) == 1
    await database.close()
    await harness.event("user.erased.v1")


async def test_of_two_decisions_on_one_version_exactly_one_is_written(harness: Harness) -> None:
    things: list[Aggregates] = []
    await harness.start("comms", lambda r: things.append(r.aggregates("things")))
    (aggregates,) = things
    await aggregates.commit([Change("a", 0, {"n": 0}), Change("b", 0, {"n": 0})])
    assert await aggregates.commit([Change("a", 1, {"n": 1})]) == set()
    assert await aggregates.commit([Change("a", 1, {"n": 2}), Change("b", 1, {"n": 2}), Change("c", 0, {"n": 2})]) == {
        "a"
    }
    assert await aggregates.commit([Change("c", 0, {"n": 3})]) == {"c"}
    stored = {document["_id"]: document["n"] async for document in aggregates.collection.find({})}
    assert stored == {"a": 1, "b": 2, "c": 2}


async def test_a_write_that_another_unique_index_refuses_has_lost_its_race(harness: Harness) -> None:
    things: list[Aggregates] = []
    runtime = await harness.start("comms", lambda r: things.append(r.aggregates("things")))
    (aggregates,) = things
    await aggregates.collection.create_index("place", unique=True, sparse=True)
    await aggregates.commit([Change(key, 0, {"place": place}) for key, place in (("a", 1), ("b", 2), ("c", 9))])
    wanted = {"a": 3, "b": 9}
    changes = [Change(key, 1, {"place": place}, events=[erased(runtime, key)]) for key, place in wanted.items()]
    lost = await aggregates.commit(changes)
    assert "b" in lost
    stored = {document["_id"]: document["place"] async for document in aggregates.collection.find({})}
    assert stored == {"a": 1, "b": 2, "c": 9} | {key: wanted[key] for key in wanted.keys() - lost}


async def test_what_changes_together_is_written_whole_or_not_at_all(harness: Harness) -> None:
    things: list[Aggregates] = []
    runtime = await harness.start("comms", lambda r: things.append(r.aggregates("things", transactional=True)))
    (aggregates,) = things
    await aggregates.commit([Change("a", 0, {"n": 0}), Change("b", 0, {"n": 0})])
    stale = [Change("a", 1, {"n": 1}, events=[erased(runtime, "a")]), Change("b", 7, {"n": 1})]
    assert await aggregates.commit(stale, together=True) == {"a", "b"}
    taken = [Change("a", 1, {"n": 1}), Change("b", 0, {"n": 1})]
    assert await aggregates.commit(taken, together=True) == {"a", "b"}
    both = [Change("a", 1, {"n": 2}, events=[erased(runtime, "a", 2)]), Change("b", 1, {"n": 2})]
    assert await aggregates.commit(both, together=True) == set()
    await harness.event("user.erased.v1")
    assert [event.sequence for event in harness.events] == [2]
    stored = {document["_id"]: (document["n"], document["version"]) async for document in aggregates.collection.find()}
    assert stored == {"a": (2, 2), "b": (2, 2)}


async def test_of_many_who_change_two_together_none_leaves_them_apart(harness: Harness) -> None:
    things: list[Aggregates] = []
    await harness.start("comms", lambda r: things.append(r.aggregates("things", transactional=True)))
    (aggregates,) = things
    await aggregates.commit([Change("a", 0, {"n": 0}), Change("b", 0, {"n": 0})])

    async def raise_both(keys: Sequence[str]) -> None:
        async def read() -> dict[str, Document]:
            return {document["_id"]: document async for document in aggregates.collection.find()}

        await decide_and_commit(
            read,
            lambda found: [Change(key, found[key]["version"], {"n": found[key]["n"] + 1}) for key in keys],
            lambda changes: aggregates.commit(changes, together=True),
        )

    await asyncio.gather(*(raise_both(keys) for keys in (["a", "b"], ["b", "a"], ["a", "b"], ["b", "a"])))
    stored = {document["_id"]: (document["n"], document["version"]) async for document in aggregates.collection.find()}
    assert stored == {"a": (4, 5), "b": (4, 5)}


async def test_what_may_not_change_together_is_refused_before_anything_is_written(harness: Harness) -> None:
    things: list[Aggregates] = []
    await harness.start("comms", lambda r: things.append(r.aggregates("things")))
    with pytest.raises(ValueError, match="not said to be transactional"):
        await things[0].commit([Change("a", 0, {"n": 0}), Change("b", 0, {"n": 0})], together=True)
    assert await things[0].collection.count_documents({}) == 0


@pytest.mark.parametrize(
    "query, answer",
    [
        pytest.param({"place": 1}, True, id="one member with an index"),
        pytest.param({"n": 1, "place": {"$gte": 1}}, True, id="one of two members with an index"),
        pytest.param({"_id": {"$gt": "a"}}, True, id="a range of ids"),
        pytest.param({"n": 1}, False, id="a member without one"),
        pytest.param({"n": 1, "m": 2}, False, id="two members without one"),
        pytest.param({}, False, id="everything"),
    ],
)
async def test_a_question_that_reads_a_whole_collection_is_found_out(
    harness: Harness, query: dict[str, Any], answer: bool
) -> None:
    things: list[Aggregates] = []
    await harness.start("comms", lambda r: things.append(r.aggregates("things")))
    (aggregates,) = things
    await aggregates.collection.create_index("place")
    await aggregates.commit([Change(key, 0, {"place": n, "n": n}) for n, key in enumerate("abc")])
    assert await is_indexed(aggregates.collection, query) is answer


async def test_what_a_dead_process_left_in_the_outbox_is_published_by_another(harness: Harness) -> None:
    things: list[Aggregates] = []
    runtime = await harness.start("comms", lambda r: things.append(r.aggregates("things")))
    event = erased(runtime, "left")
    await runtime.database.collection("things").insert_one(
        {
            "_id": "left",
            "version": 1,
            "outbox": {
                "marks": ["m"],
                "events": [{"id": event.id, "key": event.type, "body": event.encode(), "mark": "m"}],
                "records": [],
            },
            "outbox_at": runtime.clock.now() - timedelta(seconds=10),
        }
    )
    assert (await harness.event("user.erased.v1")).id == event.id
    await eventually(
        lambda: things[0].collection.count_documents({"outbox_at": {"$exists": True}}), until=lambda n: n == 0
    )


async def test_clearing_leaves_what_another_process_still_has_in_its_hands(harness: Harness) -> None:
    things: list[Aggregates] = []
    runtime = await harness.start("comms", lambda r: things.append(r.aggregates("things")))
    (aggregates,) = things
    waiting = erased(runtime, "a", 1)
    await runtime.database.collection("things").insert_one(
        {
            "_id": "a",
            "version": 1,
            "outbox": {
                "marks": ["other"],
                "events": [{"id": waiting.id, "key": waiting.type, "body": waiting.encode(), "mark": "other"}],
                "records": [],
            },
            "outbox_at": runtime.clock.now(),
        }
    )
    await aggregates.commit([Change("a", 1, {"n": 1}, events=[erased(runtime, "a", 2)])])
    await eventually(
        lambda: [event.sequence for event in harness.events], until=lambda got: 2 in got and 1 in got, seconds=25
    )
    await eventually(
        lambda: aggregates.collection.count_documents({"outbox_at": {"$exists": True}}), until=lambda n: n == 0
    )


async def test_one_poisonous_message_goes_to_the_dead_letters_alone_and_can_be_replayed(harness: Harness) -> None:
    seen = Seen()
    runtime = await harness.start("comms", lambda r: r.consume_events("comms.people", seen.handle))
    seen.fail["bad"] = [Never("this one never")] * 2
    await harness.publish(*(erased(runtime, key) for key in ("one", "bad", "two")))
    await eventually(lambda: sorted(seen.subjects), until=lambda got: got == ["one", "two"])
    letters = await eventually(lambda: visit(harness.settings, replay=False, limit=10), until=lambda got: len(got) == 1)
    assert (letters[0]["queue"], letters[0]["reason"]) == ("comms.people", "Never: this one never")
    seen.fail.clear()
    await visit(harness.settings, replay=True, limit=10)
    await eventually(lambda: sorted(seen.subjects), until=lambda got: got == ["bad", "one", "two"])


async def test_a_message_that_fails_by_itself_is_tried_again_before_it_is_given_up(harness: Harness) -> None:
    seen = Seen()
    runtime = await harness.start("comms", lambda r: r.consume_events("comms.people", seen.handle))
    seen.fail["shy"] = [RuntimeError("not yet")] * 3
    await harness.publish(erased(runtime, "shy"))
    await eventually(lambda: seen.subjects, until=lambda got: got == ["shy"])
    assert await visit(harness.settings, replay=False, limit=10) == []


async def test_who_does_not_mind_being_late_has_what_comes_meanwhile_in_one_batch(harness: Harness) -> None:
    seen = Seen()
    runtime = await harness.start("comms", lambda r: r.consume_events("comms.people", seen.handle, gather_seconds=1.0))
    for key in ("one", "two", "three"):
        await harness.publish(erased(runtime, key))
        await asyncio.sleep(0.1)
    await eventually(lambda: sorted(seen.subjects), until=lambda got: got == ["one", "three", "two"])
    assert seen.batches == [3]


async def test_what_may_be_late_goes_at_once_with_what_may_not(harness: Harness) -> None:
    seen = Seen()
    runtime = await harness.start(
        "comms",
        lambda r: r.consume_events("comms.people", seen.handle, gather_seconds=60.0, patient=("user.erased.v1",)),
    )
    await harness.publish(erased(runtime, "one"), erased(runtime, "two"))
    await asyncio.sleep(0.2)
    assert seen.subjects == []
    await harness.publish(example("team.changed.v1"))
    await eventually(lambda: len(seen.subjects), until=lambda count: count == 3)
    assert {"one", "two"} < set(seen.subjects)


async def test_while_the_database_is_down_messages_wait_and_none_is_counted_against(harness: Harness) -> None:
    seen = Seen()
    runtime = await harness.start("comms", lambda r: r.consume_events("comms.people", seen.handle))
    seen.fail["patient"] = [ConnectionError("down")] * 6
    await harness.publish(erased(runtime, "patient"))
    await eventually(lambda: seen.subjects, until=lambda got: got == ["patient"], seconds=15)
    assert await visit(harness.settings, replay=False, limit=10) == []


async def test_bytes_that_are_no_event_go_to_the_dead_letters(harness: Harness) -> None:
    seen = Seen()
    await harness.start("comms", lambda r: r.consume_events("comms.people", seen.handle))
    await harness.publisher.to_queue("comms.people", b"\xff\x00 not json")
    letters = await eventually(lambda: visit(harness.settings, replay=False, limit=10), until=lambda got: len(got) == 1)
    assert letters[0]["reason"].startswith("Undecodable: not JSON")


@pytest.mark.parametrize("replicas", [1, 2])
async def test_due_work_is_handled_once_however_many_replicas_sweep(harness: Harness, replicas: int) -> None:
    handled: list[str] = []
    failures = [RuntimeError("a bug"), ConnectionError("down")]

    def build(runtime: Runtime) -> None:
        aggregates = runtime.aggregates("timed")
        runtime.indexes({"timed": [DUE_INDEX]})

        async def sweep() -> bool:
            due = await aggregates.collection.find({"due_at": {"$lte": runtime.clock.now()}}).limit(20).to_list()
            if due and failures:
                raise failures.pop()
            changes = [Change(doc["_id"], doc["version"], {"due_at": None}) for doc in due]
            lost = await aggregates.commit(changes)
            handled.extend(change.id for change in changes if change.id not in lost)
            return bool(due)

        runtime.worker(lambda: sweep_forever("timed", sweep, poll_seconds=0.1))

    first = await harness.start("comms", build)
    for number in range(2, replicas + 1):
        await harness.start("comms", build, instance=f"comms.{number}")
    due = first.clock.now() + timedelta(seconds=0.3)
    await first.database.collection("timed").insert_many(
        [{"_id": f"d{n}", "version": 1, "due_at": due} for n in range(200)]
    )
    waiting = {"due_at": {"$exists": True}}
    await eventually(lambda: first.database.collection("timed").count_documents(waiting), until=lambda left: left == 0)
    assert len(handled) == len(set(handled))
    assert set(handled) <= {f"d{n}" for n in range(200)}
