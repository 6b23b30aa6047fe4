"""Keeps this process's index: built from the copies when the process starts, then following what is written there.

Other replicas write the same copies, so each looks for what changed, soon after it heard that something did. Nobody
waits for the index: until it is built, what is in it already is found, and answers say that they are not complete.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from services.analytics.search.entry import Entry
from services.analytics.search.index import IndexLost, SearchIndex
from services.analytics.search.kinds import SOURCES
from services.analytics.search.store import Feed, Written
from shared.bus.news import Nudges
from shared.clocks.clock import Now
from shared.clocks.epoch import EPOCH
from shared.process.logs import get_logger
from shared.process.off_loop import OffLoop
from shared.process.outliving import log_and_continue, pause_loop

CHUNK = 100
"""Documents that are made into terms at once, so that others have their turn between them."""
COMMIT_EVERY = 2_000
"""While the index is built."""
LOOK_SECONDS, REST_SECONDS = 2.0, 15.0
"""Between two looks at the copies, after something was heard and while all is quiet."""
GATHER_SECONDS = 1.5
"""Between hearing that something was told and looking at the copies, which are written a second after it."""
AGAIN_SECONDS = 1.0
LATE = timedelta(seconds=15)
"""A write may be seen so much later than it says it was made: what is older was seen."""

log = get_logger(__name__)


class Indexer:
    """One process's index and what feeds it."""

    def __init__(self, feed: Feed, folder: Path, nudges: Nudges, clock: Now) -> None:
        self._feed = feed
        self._folder = folder
        self._nudges = nudges
        self._clock = clock
        self._writing = OffLoop()
        self._index: SearchIndex | None = None
        self._seen: dict[str, tuple[int, datetime]] = {}
        """What was written lately and is indexed: sequence and time, by key."""
        self._until = EPOCH
        self.is_complete = False
        """The index has been built."""

    @property
    def index(self) -> SearchIndex | None:
        """The index; None in the first moments of the process."""
        return self._index

    async def run(self) -> None:
        """Build the index and keep it current, for ever. What fails is tried again."""
        while True:
            with log_and_continue("the search index is brought up to date again"):
                if not self.is_complete:
                    await self._build()
                await self._nudges.wait(
                    deaf_seconds=LOOK_SECONDS, longest_seconds=REST_SECONDS, gather_seconds=GATHER_SECONDS
                )
                try:
                    await self._follow()
                except IndexLost as error:
                    log.warning("the search index is lost, and is built anew", error=str(error)[:300])
                    self.is_complete = False
            if not self.is_complete:
                await pause_loop(AGAIN_SECONDS)

    async def _build(self) -> None:
        began = self._clock.now()
        index = await self._writing.run(SearchIndex, self._folder)
        self._index, self._seen = index, {}
        count = 0
        async for chunk in _in_chunks(self._feed.all()):
            count += len(chunk)
            await self._writing.run(index.write, _entries(chunk), commit=count % COMMIT_EVERY < CHUNK)
            self._note(chunk)
            await asyncio.sleep(0)
        await self._writing.run(index.write, [])
        self._until = began
        self.is_complete = True
        log.info("the search index is built", documents=count, seconds=(self._clock.now() - began).total_seconds())

    async def _follow(self) -> None:
        """Take in what was written since the last look."""
        if self._index is None:
            return
        now = self._clock.now()
        since = min(self._until, now) - LATE
        async for chunk in _in_chunks(self._feed.since(since)):
            fresh = [one for one in chunk if self._seen.get(_key(one), (0, EPOCH))[0] < one.sequence]
            if fresh:
                await self._writing.run(self._index.write, _entries(fresh))
                self._note(fresh)
        self._until = now
        self._seen = {key: seen for key, seen in self._seen.items() if seen[1] >= since - LATE}

    def _note(self, written: Sequence[Written]) -> None:
        for one in written:
            if one.at is not None:
                self._seen[_key(one)] = (one.sequence, one.at)


def _key(one: Written) -> str:
    return f"{SOURCES[one.copy].kind}:{one.id}"


def _entries(written: Sequence[Written]) -> list[tuple[str, Entry | None]]:
    made = []
    for one in written:
        source = SOURCES[one.copy]
        made.append((_key(one), source.read(source.fact.model_validate(one.data))))
    return made


async def _in_chunks(found: AsyncIterator[Written]) -> AsyncIterator[list[Written]]:
    chunk: list[Written] = []
    async for one in found:
        chunk.append(one)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
