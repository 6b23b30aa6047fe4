"""The keys as this process knows them, in memory, so that no request waits for the database.

A poll takes in what changed, when that is heard of or every few seconds, so a key that is revoked anywhere is refused
everywhere within 5 s; the own process knows at once. A key nobody here has heard of is looked up once, so that one just
made elsewhere works at once.
While the database is down the keys that are known go on working: an alert must get in then more than ever.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

from services.gateway.keys.key import Key
from services.gateway.keys.store import KeyStore
from services.gateway.requests.rate_limit import Bucket, take
from shared.bus.news import Nudges
from shared.failures import is_dependency_failure
from shared.problem import unavailable
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue

POLL_SECONDS = 1.0
QUIET_SECONDS = 4.0
"""Between two looks while changes at other gateways are heard of, and there are none."""
RELOAD_SECONDS = 30.0
"""All keys are read again this often: what a clock that went back hid from the poll is seen then."""
OVERLAP = timedelta(seconds=15)
"""Writes become visible later than the time they bear, by up to the longest write."""
NEGATIVE_SECONDS = 1.0
LOOKUPS_PER_SECOND = 50.0
LOOKUP_SECONDS = 2.0
_MOST_UNKNOWN = 4096

log = get_logger(__name__)


class KeyCache:
    """The keys by their digest."""

    def __init__(self, store: KeyStore, news: Nudges) -> None:
        """`news` of keys nudge it."""
        self._store = store
        self._news = news
        self._keys: dict[str, Key] = {}
        self._by_id: dict[str, Key] = {}
        self._unknown: dict[str, float] = {}
        self._lookups: Bucket | None = None
        self._mark: datetime | None = None
        self._reloaded_at = 0.0

    def get(self, digest: str) -> Key | None:
        """The key with this digest, where memory has it."""
        return self._keys.get(digest)

    async def find(self, digest: str) -> Key | None:
        """The key with this digest, from memory or else from the database; None for one that nobody knows.

        Raises a 503 `Problem` when only the database could tell and does not answer.
        """
        if (key := self._keys.get(digest)) is not None:
            return key
        now = time.monotonic()
        if self._unknown.get(digest, 0.0) > now:
            return None
        # somebody who tries keys gets as many look-ups as the database can spare, and no more
        verdict = take(self._lookups, now, rate=LOOKUPS_PER_SECOND)
        self._lookups = verdict.bucket
        if not verdict.allowed:
            return None
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                key = await self._store.by_digest(digest)
        except Exception as error:
            if is_dependency_failure(error):
                raise unavailable("The key can't be checked just now; nothing was done.") from error
            raise
        if key is not None:
            self.learn(key)
        else:
            self._note_unknown(digest, now)
        return key

    def learn(self, key: Key) -> None:
        """Take in a key or its newer state."""
        known = self._by_id.get(key.id)
        if known is None or known.version < key.version:
            for digest in known.digests if known else ():
                self._keys.pop(digest, None)
            self._by_id[key.id] = key
            self._keys.update(dict.fromkeys(key.digests, key))
        for digest in key.digests:
            self._unknown.pop(digest, None)

    async def refresh(self) -> None:
        """Take in what changed since the last time. Raises what the driver raises."""
        began = time.monotonic()
        reload = began - self._reloaded_at >= RELOAD_SECONDS
        since = None if reload or self._mark is None else self._mark - OVERLAP
        async for key, changed_at in self._store.find_changed_since(since):
            self.learn(key)
            self._mark = changed_at if self._mark is None else max(self._mark, changed_at)
        if reload:
            self._reloaded_at = began

    async def run(self) -> None:
        """Refresh for ever."""
        while True:
            # a gateway that dies lets no alert in: it goes on with these
            with log_and_continue("the keys can't be refreshed"):
                async with asyncio.timeout(5):
                    await self.refresh()
            await self._pause()

    async def _pause(self) -> None:
        with log_and_continue("a pause was cut short"):
            await self._news.wait(deaf_seconds=POLL_SECONDS, longest_seconds=QUIET_SECONDS)

    def _note_unknown(self, digest: str, now: float) -> None:
        self._unknown.pop(digest, None)
        self._unknown[digest] = now + NEGATIVE_SECONDS
        if len(self._unknown) > _MOST_UNKNOWN:
            del self._unknown[next(iter(self._unknown))]
