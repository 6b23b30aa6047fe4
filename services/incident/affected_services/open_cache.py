"""Keeps in memory what the map shows of open incidents: thousands of them are not read for each answer.

As with the map itself, what is changed through this process shows at once; what another replica changed, by a mark that
it moves within half a second: once for all that changed meanwhile. What is changed is read when an answer is asked for,
and now and then before, so that it never is much. A process that dies before it moves the mark leaves what the whole
reading once a minute heals.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from services.incident.incidents.open_on_map import OpenOne, apply_changes, worst_of
from services.incident.incidents.store.incidents import Incidents
from shared.bus.news import Nudges
from shared.process.outliving import log_and_continue
from shared.vocabulary import Severity

LOOK_SECONDS = 0.3
REST_SECONDS = 0.45
"""Between two moves of the mark."""
AHEAD_SECONDS = 2.0
"""Between two readings of what changed, while nobody asks."""
QUIET_SECONDS = 15.0
"""Between two looks while changes of other replicas are heard of, and there are none."""
READ_AGAIN_SECONDS = 60.0


class OpenIncidentCache:
    """`worst` has the severity of the services that have open incidents, as far as it was read; it never changes."""

    def __init__(self, incidents: Incidents, news: Nudges) -> None:
        """`news` of incidents nudge it."""
        self.worst: Mapping[str, Severity] = {}
        self._incidents = incidents
        self._news = news
        self._open: Mapping[str, OpenOne] = {}
        self._moved = -1
        self._read_at = 0.0
        self._refreshed_at = 0.0
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Read it for the first time, and let other replicas read what a process that died may not have told."""
        await self._incidents.marks.move_all()
        await self.read_again()

    async def fresh(self) -> Mapping[str, Severity]:
        """`worst` with all that was changed here and all that others told. Raises what the driver raises."""
        await self._incidents.marks.pay()
        await self.refresh()
        return self.worst

    async def refresh(self) -> None:
        """Read what changed since. What changes meanwhile moves the mark again, so nothing is missed."""
        async with self._lock:
            mark = await self._incidents.marks.read()
            changed = mark.since(self._moved)
            if changed is None:
                self._take(await self._incidents.open_on_map(), mark.moved)
            elif changed:
                found = await self._incidents.still_on_map(changed)
                self._take(apply_changes(self._open, changed, found), mark.moved)
            self._refreshed_at = time.monotonic()

    async def read_again(self) -> None:
        """Read it whole, while answers are made of what is known; what changes meanwhile is taken in after it."""
        mark = await self._incidents.marks.read()
        shown = await self._incidents.open_on_map()
        async with self._lock:
            self._take(shown, mark.moved)
        self._read_at = time.monotonic()

    async def run(self) -> None:
        """Look for changes, for ever."""
        while True:
            with log_and_continue("the open incidents of the map are read again"):
                await self._incidents.marks.pay()
                if time.monotonic() - self._read_at > READ_AGAIN_SECONDS:
                    await self.read_again()
                if time.monotonic() - self._refreshed_at > AHEAD_SECONDS:
                    await self.refresh()
            await asyncio.sleep(REST_SECONDS)
            await self._news.wait(deaf_seconds=LOOK_SECONDS, longest_seconds=QUIET_SECONDS)

    def _take(self, shown: Mapping[str, OpenOne], moved: int) -> None:
        self._open, self._moved = shown, moved
        worst = worst_of(shown.values())
        if worst != self.worst:
            self.worst = worst
