"""The connection to MongoDB, in the one place that imports its driver's client.

Writes are acknowledged by the majority and journalled, decisions read majority. Times come back timezone-aware.
`Database.watch` keeps the process clock at the database's and tells `/readyz` whether the database answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

from bson.codec_options import CodecOptions
from pydantic import BaseModel
from pymongo import AsyncMongoClient, IndexModel, ReadPreference, UpdateOne, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, PyMongoError
from pymongo.read_concern import ReadConcern

from shared.clocks.clock import Clock
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue, pause_loop
from shared.settings import Settings
from shared.telemetry.database import CommandCounter

Document = dict[str, Any]
Collection = AsyncCollection[Document]

IN_LIMIT = 50
"""The longest `$in` list that is sent in one query: the embedded database is slow above it."""

NO_DIFFERENCE = timedelta(milliseconds=20)
"""Between our clock and the database's; one on the same machine cuts its time to milliseconds."""

DUPLICATE_KEY = 11000
"""The server's code for a write that a unique index refuses."""

WATCH_SECONDS = 5.0
"""The database is asked when it has not answered anything for so long."""
CLOCK_SECONDS = 15.0
"""Between two looks at its clock, while our own goes on as time does: one that jumps is corrected at once."""
AGAIN_SECONDS = 1.0
"""Between two tries while it does not answer."""
ANSWER_SECONDS = 2.5
"""So long it has to answer."""
CLOSE_SECONDS = 2.0
"""For saying goodbye to it, where it answers or not."""

log = get_logger(__name__)


class Database:
    """One service's own database."""

    def __init__(self, settings: Settings, service: str, clock: Clock | None = None, *, pool: int = 4) -> None:
        self.clock = clock or Clock(settings.test_clock)
        self.name = f"{settings.namespace}_{service}"
        self._answered_at = -math.inf
        self._synchronised_at = -math.inf
        self.watch_seconds, self.again_seconds = WATCH_SECONDS, AGAIN_SECONDS
        self.ahead_seconds = 0.0
        """Our clock's time at the last look at the database's, less that of a clock that never jumps."""
        self._client: AsyncMongoClient[Document] = AsyncMongoClient(
            settings.mongo_url,
            maxPoolSize=pool,
            connectTimeoutMS=3000,
            serverSelectionTimeoutMS=3000,
            socketTimeoutMS=20000,
            appname=f"tocsin-{settings.instance or service}",
            event_listeners=[CommandCounter(self._note_answer)],
        )
        self._database = self._client.get_database(
            self.name,
            codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
            read_preference=ReadPreference.PRIMARY,
            write_concern=WriteConcern("majority", j=True, wtimeout=10000),
            read_concern=ReadConcern("majority"),
        )

    def collection(self, name: str) -> Collection:
        """A collection of this service's database."""
        return self._database[name]

    async def ensure_indexes(self, indexes: Mapping[str, Sequence[IndexModel]]) -> None:
        """Make the indexes, by collection name, that are not there yet."""
        for name, models in indexes.items():
            if models:
                await self.collection(name).create_indexes(list(models))

    async def drop(self) -> None:
        """Remove the whole database: for tests."""
        await self._client.drop_database(self.name)

    async def synchronise(self) -> None:
        """Ask the database for its time and set the process clock's offset. Raises what the driver raises.

        The quickest of three answers counts; the first that shows no difference is enough.
        """
        best: tuple[float, timedelta] | None = None
        for _ in range(3):
            began, before = time.monotonic(), datetime.now(UTC)
            answer = await self._client.admin.command("hello")
            trip = time.monotonic() - began
            theirs: datetime = answer["localTime"]
            if theirs.tzinfo is None:
                theirs = theirs.replace(tzinfo=UTC)
            offset = theirs - (before + timedelta(seconds=trip / 2))
            if abs(offset) <= NO_DIFFERENCE:
                best = (trip, timedelta())
                break
            if best is None or trip < best[0]:
                best = (trip, offset)
        if best is not None:
            self.clock.offset = best[1]
        self._synchronised_at = time.monotonic()
        self.ahead_seconds = time.time() - self._synchronised_at

    @property
    def is_ready(self) -> bool:
        """True while the database answers whatever it is asked, every few seconds, and the clocks agree."""
        silence = time.monotonic() - self._answered_at
        return silence < self.watch_seconds + ANSWER_SECONDS + 0.5 and self.clock.skew_ok

    async def wait(self) -> None:
        """Return when the database answers for the first time."""
        while True:
            try:
                await self.synchronise()
            except (PyMongoError, OSError) as error:
                log.info("waiting for the database", error=type(error).__name__)
                await asyncio.sleep(0.2)
            else:
                return

    async def watch(self) -> None:
        """Keep the clock at the database's, and ask whether it answers when nobody else does, for ever."""
        while True:
            pause = self.again_seconds
            with log_and_continue("the database is asked again"):
                try:
                    if self.is_to_be_asked:
                        async with asyncio.timeout(ANSWER_SECONDS):
                            await self.synchronise()
                    pause = max(self.again_seconds, self._answered_at + self.watch_seconds - time.monotonic())
                except (PyMongoError, OSError, TimeoutError) as error:
                    self._answered_at = -math.inf
                    log.warning("the database does not answer", error=type(error).__name__)
            await pause_loop(pause)

    @property
    def is_to_be_asked(self) -> bool:
        """True when it has been silent, or our clock may not be at its clock any more."""
        now = time.monotonic()
        has_jumped = abs(time.time() - now - self.ahead_seconds) > NO_DIFFERENCE.total_seconds()
        is_silent = now - self._answered_at >= self.watch_seconds
        return is_silent or has_jumped or now - self._synchronised_at >= CLOCK_SECONDS

    def _note_answer(self) -> None:
        self._answered_at = time.monotonic()

    async def close(self) -> None:
        """Close every connection, within seconds also where the driver can't: it waits for a lock for that, which a
        call that was cancelled twice leaves locked until Python 3.12.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._client.close()


def one_or_in(values: Sequence[Any]) -> Any:
    """What a query says for any of these values; one by itself is found a quarter faster by the embedded database."""
    return values[0] if len(values) == 1 else {"$in": list(values)}


def to_document(model: BaseModel) -> Document:
    """A model as a document: enums as their values, times as times, days as words, None left out at the top level."""
    plain: Document = _plain(model.model_dump(mode="python"))
    return {key: value for key, value in plain.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value


async def find_by_ids(
    collection: Collection, ids: Sequence[str], *, projection: Sequence[str] | None = None, field: str = "_id"
) -> dict[str, Document]:
    """The documents whose `field` (an indexed one) is among `ids`, by that field; asked for in chunks of `IN_LIMIT`."""
    found: dict[str, Document] = {}
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), IN_LIMIT):
        chunk = unique[start : start + IN_LIMIT]
        query: Document = {field: one_or_in(chunk)}
        async for document in collection.find(query, projection=list(projection) if projection else None):
            found[document[field]] = document
    return found


async def upsert_newer(collection: Collection, writes: Sequence[tuple[Document, Document]]) -> None:
    """Write guarded upserts, as (filter, update) pairs; the filter names the `_id` and says which states are older.

    What is stored and not older stays as it is. At most one write an id. Raises what the driver raises.

    All are inserted first, since most of what is written so is new: a batch of inserts is one transaction of the
    embedded database, a batch of upserts is one each (0.1 ms against 0.6 ms a document). What was there already is
    then left to the guard, and so is the slower one of two processes that meet a new id at once.
    """
    if not writes:
        return
    try:
        await collection.insert_many([_as_inserted(where, what) for where, what in writes], ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        if any(failure["code"] != DUPLICATE_KEY for failure in failures):
            raise
        known = [writes[failure["index"]] for failure in failures]
        again = [UpdateOne(where, what) for where, what in known if what.keys() - {"$setOnInsert"}]
        if again:
            await collection.bulk_write(again, ordered=False)


def _as_inserted(where: Document, what: Document) -> Document:
    return {"_id": where["_id"], **what.get("$setOnInsert", {}), **what.get("$set", {})}
