"""Who follows a collection sees each version of each document once, whenever it was written and whatever failed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pymongo import monitoring

from shared.clocks.clock import Clock
from shared.copies.following import CHUNK, OVERLAP, Following, one_by_one, time_index
from shared.mongo import Database
from shared.settings import Settings
from shared.testing.plans import Heard

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)


class Hand:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 29, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
async def database(apart: Settings) -> AsyncIterator[Database]:
    one = Database(apart, "following")
    await one.ensure_indexes({"things": [time_index("at")]})
    yield one
    await one.drop()
    await one.close()


async def write(database: Database, key: str, seq: int, at: datetime | None) -> None:
    stamp = {"at": at} if at is not None else {}
    await database.collection("things").replace_one({"_id": key}, {"seq": seq, **stamp}, upsert=True)


async def seen(following: Following) -> list[tuple[str, int]]:
    return sorted([(one["_id"], one["seq"]) async for one in one_by_one(following)])


async def test_each_version_is_seen_once(database: Database) -> None:
    hand = Hand()
    following = Following(database.collection("things"), hand)
    await write(database, "old", 1, None)
    await write(database, "a", 1, hand.at)
    assert await seen(following) == [("a", 1), ("old", 1)]
    assert await seen(following) == []
    await write(database, "a", 2, hand.at)
    hand.at += timedelta(seconds=5)
    await write(database, "b", 1, hand.at - OVERLAP / 2)
    assert await seen(following) == [("a", 2), ("b", 1)]
    hand.at += timedelta(hours=1)
    assert await seen(following) == []
    hand.at -= timedelta(hours=2)
    await write(database, "c", 1, hand.at)
    assert ("c", 1) in await seen(following), "the clock was put back"


async def test_who_fails_sees_again_what_it_did_not_take(database: Database) -> None:
    hand = Hand()
    following = Following(database.collection("things"), hand)
    for number in range(CHUNK + 1):
        await write(database, f"{number:03}", 1, hand.at)
    async for chunk in following.look():
        assert len(chunk) == CHUNK
        break
    assert following.until is None
    assert len(await seen(following)) == CHUNK + 1


async def test_who_begins_later_sees_what_was_written_since(database: Database) -> None:
    hand = Hand()
    await write(database, "before", 1, hand.at - OVERLAP - timedelta(seconds=1))
    await write(database, "since", 1, hand.at)
    following = Following(database.collection("things"), hand)
    following.begin(hand.at)
    HEARD.asked.clear()
    HEARD.database = database.name
    assert await seen(following) == [("since", 1)]
    assert await HEARD.scans(database) == []


async def test_only_what_is_wanted_is_read(database: Database) -> None:
    clock = Clock()
    await database.collection("things").insert_one(
        {"_id": "a", "version": 3, "written_at": clock.now(), "name": "n", "text": "long"}
    )
    following = Following(
        database.collection("things"), clock, field="written_at", version="version", wanted={"name": True}
    )
    (found,) = [one async for one in one_by_one(following)]
    assert found.keys() == {"_id", "version", "written_at", "name"}
