"""Series (`series`), their samples (`sample_blocks`), and whose series are more than are kept (`sample_scopes`).

Layout of `series`: the fields of `SampledSeries`, and `expire_at`; of `sample_blocks`: `{_id: <series>:<slot>, version,
series, at, points, expire_at}`. Samples are told to nobody: they have neither events nor a place in the log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from pymongo import IndexModel

from services.analytics.samples.block import BLOCK_MILLIS, Block, block_id, unpack
from services.analytics.samples.sampled_series import EVERYBODY, SampledSeries
from shared.clocks.epoch import from_millis
from shared.due_work import NEVER, DueWork
from shared.events import Event
from shared.mongo import Document, find_by_ids, to_document
from shared.outbox.aggregates import Change, Record
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

SERIES, BLOCKS, SCOPES = "series", "sample_blocks", "sample_scopes"
KEEP_BLOCKS = timedelta(days=8)
KEEP_SERIES = timedelta(days=30)
"""After its last sample."""


class SeriesStore:
    """The questions that are asked about series."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(SERIES)
        self._scopes = runtime.database.collection(SCOPES)
        self._clock = runtime.clock
        runtime.indexes(
            {
                SERIES: [
                    DUE_INDEX,
                    IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0),
                    IndexModel([("scope", 1)], name="scope"),
                    IndexModel([("outlook.expected_at", 1)], name="expected", sparse=True),
                    IndexModel([("visible_to", 1), ("outlook.expected_at", 1)], name="visible"),
                ]
            }
        )

    def due_work(self, look: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `look` when series are to be forecast."""
        return DueWork.of(self._aggregates, "forecasts", look, clock=self._clock, look_seconds=look_seconds)

    async def get(self, ids: Sequence[str]) -> dict[str, SampledSeries]:
        """Those of these that are known, by id."""
        found = await find_by_ids(self._aggregates.collection, ids)
        return {key: _read(document) for key, document in found.items()}

    async def due(self, now: datetime, limit: int) -> list[SampledSeries]:
        """Series that are to be forecast, the longest waiting first."""
        query = {"due_at": {"$lte": now}}
        found = await self._aggregates.collection.find(query).sort("due_at", 1).limit(limit).to_list()
        return [_read(document) for document in found]

    async def expected(
        self, teams: Sequence[str], after: tuple[datetime, str] | None, limit: int
    ) -> list[SampledSeries]:
        """Series whose limit is expected to be reached, the soonest first, after this place.

        Only those of these teams and of nobody; no teams: all.
        """
        query: Document = {"outlook.expected_at": {"$gt": NEVER}}
        if teams:
            query["visible_to"] = {"$in": [*teams, EVERYBODY]}
        if after is not None:
            at, last = after
            later = [{"outlook.expected_at": {"$gt": at}}, {"outlook.expected_at": at, "_id": {"$gt": last}}]
            query = {"$and": [query, {"$or": later}]}
        order = [("outlook.expected_at", 1), ("_id", 1)]
        return [_read(one) for one in await self._aggregates.collection.find(query).sort(order).limit(limit).to_list()]

    async def count(self, scope: str, limit: int) -> int:
        """How many series there are in a scope, at most `limit`."""
        return await self._aggregates.collection.count_documents({"scope": scope}, limit=limit)

    async def note_refused(self, scope: str, count: int) -> None:
        """Note that so many samples came of series that are too many."""
        await self._scopes.update_one(
            {"_id": scope}, {"$inc": {"refused": count}, "$set": {"refused_at": self._clock.now()}}, upsert=True
        )

    async def refused(self, since: datetime) -> Mapping[str, datetime]:
        """The scopes of which series were refused since then, and when last."""
        found = await self._scopes.find({}).limit(1000).to_list()
        return {one["_id"]: one["refused_at"] for one in found if one["refused_at"] >= since}

    async def commit(self, written: Sequence[tuple[SampledSeries, Sequence[Event], Sequence[Record]]]) -> set[str]:
        """Write series, at the version that they were read, with what is told of their predictions; those that lost."""
        return await self._aggregates.commit(
            Change(one.id, one.version, _fields(one), events=events, records=records)
            for one, events, records in written
        )


class BlockStore:
    """The samples."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(BLOCKS, silent=True)
        runtime.indexes(
            {
                BLOCKS: [
                    IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0),
                    IndexModel([("series", 1), ("at", 1)], name="series"),
                ]
            }
        )

    async def get(self, wanted: Sequence[tuple[str, int]]) -> dict[str, Block]:
        """The blocks of these series and slots that there are, by their ids."""
        found = await find_by_ids(self._aggregates.collection, [block_id(*one) for one in wanted])
        return {key: _read_block(document) for key, document in found.items()}

    async def since(self, series: Sequence[str], at: datetime) -> dict[str, list[Block]]:
        """The blocks of these series from the one of `at` on, in order, by series."""
        first = from_millis(int(at.timestamp() * 1000) // BLOCK_MILLIS * BLOCK_MILLIS)
        found: dict[str, list[Block]] = {one: [] for one in series}
        query: Document = {"series": {"$in": list(series)}, "at": {"$gte": first}}
        async for document in self._aggregates.collection.find(query).sort([("series", 1), ("at", 1)]):
            block = _read_block(document)
            found[block.series_id].append(block)
        return found

    async def commit(self, blocks: Sequence[Block]) -> set[str]:
        """Write blocks, at the version that they were read; the ids of those that lost their race."""
        return await self._aggregates.commit(Change(one.id, one.version, _block_fields(one)) for one in blocks)


def _read(document: Document) -> SampledSeries:
    return SampledSeries.model_validate({**document, "id": document["_id"]})


def _fields(series: SampledSeries) -> Document:
    known = to_document(series)
    # what is None is named, so that the commit removes it
    return {
        **{name: known.get(name) for name in SampledSeries.model_fields if name not in ("id", "version")},
        "expire_at": series.last_at + KEEP_SERIES,
    }


def _read_block(document: Document) -> Block:
    slot = int(document["at"].timestamp() * 1000) // BLOCK_MILLIS
    return unpack(document["series"], slot, document["version"], document["points"])


def _block_fields(block: Block) -> Document:
    at = from_millis(block.slot * BLOCK_MILLIS)
    return {"series": block.series_id, "at": at, "points": block.pack(), "expire_at": at + KEEP_BLOCKS}
