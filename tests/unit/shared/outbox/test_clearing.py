"""Clearing while the database is away: nothing is forgotten, and what is cleared twice does no harm."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pymongo.errors import AutoReconnect

from shared.mongo import Collection
from shared.outbox.clearing import Clearing, Handover, Left


class Things:
    """A collection that fails so many times first, and notes what it is asked to write."""

    name = "things"

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.written: list[dict[str, Any]] = []

    async def bulk_write(self, operations: Sequence[Any], *, ordered: bool) -> Any:
        if self.failures:
            self.failures -= 1
            raise AutoReconnect("away")
        self.written += [operation._filter for operation in operations]
        return SimpleNamespace(matched_count=sum(_count(operation._filter["_id"]) for operation in operations))


def _count(ids: Any) -> int:
    return len(ids["$in"]) if isinstance(ids, dict) else 1


def handover(key: str, *, items: int = 1) -> Handover:
    events = [{"id": f"{key}{number}", "mark": f"m-{key}"} for number in range(items)]
    return Handover(key, [f"m-{key}"], events, [], alone_at=1)


async def test_what_could_not_be_cleared_is_cleared_later() -> None:
    things, cleared = Things(failures=1), list[str]()
    clearing = Clearing(lambda lefts: cleared.extend(one.id for _, one in lefts))
    await clearing.put([(cast("Collection", things), handover(key)) for key in "ab"])
    with pytest.raises(AutoReconnect):
        await clearing.clear_all()
    assert cleared == []
    await clearing.clear_all()
    assert cleared == ["a", "b"]
    assert things.written == [{"_id": {"$in": ["a", "b"]}, "outbox.marks": {"$in": [["m-a"], ["m-b"]]}}]
    await clearing.clear_all()
    assert len(things.written) == 1


@pytest.mark.parametrize("one_by_one", [True, False], ids=["one by one", "much"])
async def test_what_could_not_be_cleared_at_once_is_cleared_later(one_by_one: bool) -> None:
    things, cleared = Things(failures=1), list[str]()
    collection = cast("Collection", things)
    clearing = Clearing(lambda lefts: cleared.extend(one.id for _, one in lefts))
    if one_by_one:
        clearing.one_by_one(collection)
    with pytest.raises(AutoReconnect):
        await clearing.put([(collection, handover("a", items=1 if one_by_one else Clearing.LARGE + 1))])
    await clearing.clear_all()
    assert (cleared, things.written) == (["a"], [{"_id": "a", "outbox.marks": ["m-a"]}])


async def test_a_document_that_holds_much_is_cleared_at_once() -> None:
    things, cleared = Things(failures=0), list[Left]()
    clearing = Clearing(cleared.extend)
    await clearing.put([(cast("Collection", things), handover("a"))])
    assert cleared == []
    await clearing.put([(cast("Collection", things), handover("b", items=Clearing.LARGE + 1))])
    assert [one.id for _, one in cleared] == ["a", "b"]


async def test_what_a_commit_took_along_is_not_cleared_again_unless_it_is_given_back() -> None:
    things, cleared = Things(failures=0), list[Left]()
    collection = cast("Collection", things)
    clearing = Clearing(cleared.extend)
    await clearing.put([(collection, handover("a"))])
    assert clearing.take_along(collection, "a", 2) == []
    taken = clearing.take_along(collection, "a", 1)
    assert [one.id for _, one in taken] == ["a"]
    await clearing.clear_all()
    assert cleared == []
    clearing.back(taken)
    await clearing.clear_all()
    assert cleared == taken
