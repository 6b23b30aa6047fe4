"""Keeps this process's index: opened or begun when the process starts, then following what is written to the copies.

Other replicas write the same copies, so each looks for what changed, soon after it heard that something did. An index
that an earlier process of this name left goes on where it stood. Nobody waits for it: until it knows all that was
written, what it knows is found, and answers say that they are not complete.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from services.analytics.search.entry import Entry
from services.analytics.search.index import Bookmark, IndexLost, SearchIndex
from services.analytics.search.kinds import SOURCES
from services.analytics.search.store import Feed, Mark, Written, newest
from shared.bus.news import Nudges
from shared.process.logs import get_logger
from shared.process.off_loop import OffLoop
from shared.process.outliving import log_and_continue, pause_loop

COMMIT_EVERY = 2_000
"""While the index is built."""
LOOK_SECONDS, REST_SECONDS = 2.0, 15.0
"""Between two looks at the copies, after something was heard and while all is quiet."""
GATHER_SECONDS = 1.5
"""Between hearing that something was told and looking at the copies, which are written a second after it."""
AGAIN_SECONDS = 1.0
REMEMBERED = 20
"""So many of the facts that were written last are looked for when an index is opened."""
_NEARLY = 0.99

P = ParamSpec("P")
T = TypeVar("T")
log = get_logger(__name__)


class Indexer:
    """One process's index and what feeds it."""

    def __init__(self, feed: Feed, folder: Path, nudges: Nudges) -> None:
        self._feed = feed
        self._folder = folder
        self._nudges = nudges
        self._writing = OffLoop()
        self._reading = OffLoop()
        self._index: SearchIndex | None = None
        self._is_lost = False
        self._is_untrusted = False
        """What is there was lost before it was complete: it is not opened again."""
        self._newest: tuple[Mark, ...] = ()
        self._read = self._there = 0
        self.is_complete = False
        """All that was written is in it."""

    @property
    def progress(self) -> float:
        """About which share of what there is has been read, 1 when the index is complete."""
        return 1.0 if self.is_complete else min(self._read / max(self._there, 1), _NEARLY)

    async def ask(
        self, compute: Callable[Concatenate[SearchIndex, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """What `compute` makes of the index, beside the event loop; None while there is none or it is lost."""
        if self._index is None:
            return None
        try:
            return await self._reading.run(compute, self._index, *args, **kwargs)
        except IndexLost as error:
            self._lose(error)
            return None

    def nudge(self) -> None:
        """Something was written that no event tells of: look soon."""
        self._nudges.nudge()

    def _lose(self, error: IndexLost) -> None:
        log.warning("the search index is lost, and is opened or built anew", error=str(error)[:300])
        self._is_lost, self._is_untrusted, self.is_complete = True, not self.is_complete, False
        self._nudges.nudge()

    async def run(self) -> None:
        """Keep the index current, for ever. What fails is tried again."""
        try:
            while True:
                with log_and_continue("the search index is brought up to date again"):
                    await self._look()
                if not self.is_complete:
                    await pause_loop(AGAIN_SECONDS)
                    continue
                with log_and_continue("the search index is looked after again"):
                    await self._nudges.wait(
                        deaf_seconds=LOOK_SECONDS, longest_seconds=REST_SECONDS, gather_seconds=GATHER_SECONDS
                    )
        finally:
            self._close()

    async def _look(self) -> None:
        try:
            if self._index is None or self._is_lost:
                self._close()
                self._index = await self._open()
            await self._follow(self._index)
        except IndexLost as error:
            self._lose(error)

    def _close(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    async def _open(self) -> SearchIndex:
        """The index as it was left, if it is of this database; else one that knows nothing."""
        index = await self._writing.run(SearchIndex, self._folder, anew=self._is_untrusted)
        if index.bookmark is not None and not await self._feed.has(index.bookmark.newest):
            log.warning("the search index is of another database, and is built anew")
            index.close()
            index = await self._writing.run(SearchIndex, self._folder, anew=True)
        self._is_lost = self._is_untrusted = False
        self._read, self._there = index.searcher().num_docs, await self._feed.count()
        self._feed.begin(index.bookmark.until if index.bookmark is not None else None)
        self._newest = index.bookmark.newest if index.bookmark is not None else ()
        return index

    async def _follow(self, index: SearchIndex) -> None:
        """Take in what was written since the last look."""
        count = 0
        async for written in self._feed.look():
            due = count // COMMIT_EVERY < (count + len(written)) // COMMIT_EVERY
            await self._writing.run(_write, index, written, commit=due)
            self._newest = newest(self._newest, written, REMEMBERED)
            count += len(written)
            self._read += len(written)
            await asyncio.sleep(0)
        if (count or not self.is_complete) and self._feed.until is not None:
            await self._writing.run(index.write, [], bookmark=Bookmark(self._feed.until, self._newest))
        if not self.is_complete:
            log.info("the search index is complete", read=count)
        self.is_complete = True


def _write(index: SearchIndex, written: Sequence[Written], *, commit: bool) -> None:
    index.write(_entries(written), commit=commit)


def _entries(written: Sequence[Written]) -> list[tuple[str, Entry | None]]:
    made = []
    for one in written:
        source = SOURCES[one.copy]
        made.append((f"{source.kind}:{one.id}", source.read(source.fact.model_validate(one.data))))
    return made
