"""Two processes that store a new subject at once: the newer fact wins, whichever the database takes first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from shared.mongo import Collection, upsert_newer


class Meeting:
    """A collection as a server with many writers shows it: another's insert lands between our search and our insert.

    (MongoDB's manual, "Upsert with duplicate values": it only repeats such an upsert by itself when the filter is an
    equality, and ours has a guard.)
    """

    def __init__(self, lands: dict[str, int], *, code: int = 11000) -> None:
        self.stored: dict[str, int] = {}
        self._lands = lands
        self._code = code

    async def bulk_write(self, writes: Sequence[UpdateOne], *, ordered: bool) -> None:
        assert not ordered
        failures = []
        for index, write in enumerate(writes):
            where, what = cast("dict[str, Any]", write._filter), cast("dict[str, Any]", write._doc)
            key, guard, new = where["_id"], where["seq"]["$lt"], what["$set"]["seq"]
            matched = key in self.stored and self.stored[key] < guard
            self.stored |= {key: self._lands.pop(key)} if key in self._lands else {}
            if matched or (write._upsert and key not in self.stored):
                self.stored[key] = new
            elif write._upsert:
                failures.append({"index": index, "code": self._code})
        if failures:
            raise BulkWriteError({"writeErrors": failures})


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
