"""Two processes that store a new subject at once: the newer fact wins, whichever the database takes first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from shared.mongo import Collection, upsert_newer


class Meeting:
    """A collection as a server with many writers shows it: another's insert lands just before ours."""

    def __init__(self, lands: dict[str, int], *, code: int = 11000) -> None:
        self.stored: dict[str, int] = {}
        self._lands = lands
        self._code = code

    async def insert_many(self, documents: Sequence[dict[str, Any]], *, ordered: bool) -> None:
        assert not ordered
        self.stored |= self._lands
        failures = [
            {"index": index, "code": self._code}
            for index, document in enumerate(documents)
            if self.stored.setdefault(document["_id"], document["seq"]) != document["seq"]
            or document["_id"] in self._lands
        ]
        if failures:
            raise BulkWriteError({"writeErrors": failures})

    async def bulk_write(self, writes: Sequence[UpdateOne], *, ordered: bool) -> None:
        assert not ordered
        for one in writes:
            where, what = cast("dict[str, Any]", one._filter), cast("dict[str, Any]", one._doc)
            assert not one._upsert
            if self.stored[where["_id"]] < where["seq"]["$lt"]:
                self.stored[where["_id"]] = what["$set"]["seq"]


def write(key: str, sequence: int) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"_id": key, "seq": {"$lt": sequence}}, {"$set": {"seq": sequence}}


@pytest.mark.parametrize(
    "lands, ours, left",
    [
        pytest.param({}, 2, 2, id="nobody else"),
        pytest.param({"a": 1}, 2, 2, id="an older one lands first"),
        pytest.param({"a": 2}, 2, 2, id="the same lands first"),
        pytest.param({"a": 3}, 2, 3, id="a newer one lands first"),
    ],
)
async def test_the_newest_wins(lands: dict[str, int], ours: int, left: int) -> None:
    collection = Meeting(lands)
    await upsert_newer(cast("Collection", collection), [write("a", ours), write("b", 1)])
    assert collection.stored == {"a": left, "b": 1}


async def test_any_other_failure_is_raised() -> None:
    with pytest.raises(BulkWriteError):
        await upsert_newer(cast("Collection", Meeting({"a": 1}, code=112)), [write("a", 2)])
