"""Writes the audit log beside the requests: notes are taken at once, linked and stored in batches.

A note is stored some milliseconds after its request was answered, so a process that is killed loses the last few. While
the database is down notes wait; of those that find no room the count is noted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime, timedelta

from prometheus_client import Counter

from services.gateway.audit_log.note import GENESIS, Chain, Note, lost_note, request_note, use_note
from services.gateway.audit_log.store import AuditStore
from services.gateway.keys.key import Key
from services.gateway.request import Call
from services.gateway.requests.rate_limit import Bucket, take
from shared.clocks.clock import Now
from shared.failures import is_dependency_failure
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue, pause_loop

MOST_WAITING = 20_000
BATCH = 200
REFUSALS_PER_SECOND = 20.0
"""Somebody who tries keys fills neither the log nor the database; the rest is counted."""
USED_EVERY = timedelta(hours=1)
STORE_SECONDS = 5.0
HEAD_SECONDS = 600.0
_MOST_KEYS = 10_000

NOTES = Counter("tocsin_gateway_audit_notes_total", "Notes for the audit log, by what became of them", ["outcome"])

log = get_logger(__name__)


class AuditLogWriter:
    """Takes notes of answered requests, and stores them in batches."""

    def __init__(self, store: AuditStore, chain: Chain, clock: Now) -> None:
        self._store = store
        self._chain = chain
        self._clock = clock
        self._waiting: deque[Note] = deque()
        self._news = asyncio.Event()
        self._storing = asyncio.Lock()
        self._lost = 0
        self._used: dict[str, datetime] = {}
        self._refusals: Bucket | None = None
        self._end: tuple[int, str] | None = None
        self._head_at = 0.0

    def note(self, call: Call, key: Key | None, status: int, refusal: str | None) -> None:
        """Note an answered request, if it is to be noted."""
        now = self._clock.now()
        if call.route is not None and call.route.is_webhook and key is not None and status < 400:
            self._note_use(key, now)
            return
        note = request_note(call, key, status, refusal, now)
        if note is None:
            return
        if note.reason:
            verdict = take(self._refusals, asyncio.get_running_loop().time(), rate=REFUSALS_PER_SECOND)
            self._refusals = verdict.bucket
            if not verdict.allowed:
                self._lose(1)
                return
        self._add(note)

    def _note_use(self, key: Key, now: datetime) -> None:
        before = self._used.get(key.id)
        if before is not None and now - before < USED_EVERY:
            return
        if len(self._used) >= _MOST_KEYS:
            self._used.clear()
        self._used[key.id] = now
        self._add(use_note(key, now))

    def _add(self, note: Note) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._lose(1)
        else:
            self._waiting.append(note)
        self._news.set()

    def _lose(self, count: int) -> None:
        self._lost += count
        NOTES.labels("lost").inc(count)

    async def run(self) -> None:
        """Store notes as they come, for ever."""
        while True:
            pause = 1.0
            with log_and_continue("the audit log waits", notes=len(self._waiting)):
                await self._news.wait()
                self._news.clear()
                await self.flush()
                pause = 0.0
            if pause:
                self._news.set()
            await pause_loop(pause)

    async def flush(self) -> None:
        """Store what waits. Raises what the driver raises; nothing is lost then."""
        async with self._storing:
            await self._flush()

    async def close(self) -> None:
        """Store what waits before the process ends, if the database lets it."""
        try:
            await self.flush()
        except Exception as error:
            if not is_dependency_failure(error):
                raise
            log.warning("the end of the audit log is lost", notes=len(self._waiting))

    async def _flush(self) -> None:
        while self._waiting or self._lost:
            if self._lost:
                self._waiting.append(lost_note(self._lost, self._clock.now()))
                self._lost = 0
            notes = [self._waiting[number] for number in range(min(BATCH, len(self._waiting)))]
            stored = await self._store_all(notes)
            NOTES.labels("stored").inc(stored)
            for _ in range(stored):
                self._waiting.popleft()
        self._tell_head()

    async def _store_all(self, notes: list[Note]) -> int:
        known, self._end = self._end, None  # where the log ends is not known until this write has an outcome
        async with asyncio.timeout(STORE_SECONDS):
            number, before = known or await self._store.end()
            linked = self._chain.link(notes, number, before)
            stored = await self._store.append(linked)
        if stored == len(linked):
            self._end = (linked[-1].number, linked[-1].hash)
        return stored

    def _tell_head(self) -> None:
        """The newest hash goes to the logs now and then, where nobody who cuts the end off reaches it."""
        now = asyncio.get_running_loop().time()
        if self._end is not None and self._end[1] != GENESIS and now - self._head_at > HEAD_SECONDS:
            self._head_at = now
            log.info("the audit log ends", number=self._end[0], hash=self._end[1])
