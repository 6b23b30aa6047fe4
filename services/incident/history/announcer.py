"""The worker that tells of imported incidents, a piece at a time, when they are written.

It goes no faster than others take it in beside what happens now. Of what this process stored a moment ago it knows what
to tell; what waits for longer, or was left by a process that died, is read again when it is due.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from services.incident.history.store.announcements import Announcement, Announcements
from services.incident.history.telling import Message, messages_of
from services.incident.incidents.store.incidents import Incidents, snapshot
from shared.bus.publisher import Publisher
from shared.clocks.clock import Now
from shared.process.outliving import log_and_continue

BATCH = 5
LOOK_SECONDS = 15.0
SECONDS_A_ROW = 0.004
"""Between two pieces it pauses so long for each incident of the first."""
MOST_BYTES = 16_000_000
"""Of messages that wait in memory; others' pieces are read again when they are due."""


@dataclass(frozen=True, slots=True)
class _Ready:
    announcement: Announcement
    messages: Sequence[Message]


class Announcer:
    """Tells what is taken, and sweeps what is due."""

    def __init__(
        self,
        announcements: Announcements,
        incidents: Incidents,
        publisher: Publisher,
        clock: Now,
        *,
        seconds_a_row: float = SECONDS_A_ROW,
    ) -> None:
        self._announcements = announcements
        self._incidents = incidents
        self._publisher = publisher
        self._clock = clock
        self._seconds_a_row = seconds_a_row
        self._ready: deque[_Ready] = deque()
        self._waiting_bytes = 0
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        self._work = announcements.due_work(self.sweep, look_seconds=LOOK_SECONDS)

    def take(self, announcement: Announcement, messages: Sequence[Message]) -> None:
        """Have these messages told soon: the incidents are written. What finds no room is told when it is due."""
        size = sum(len(body) for _, body, _ in messages)
        if self._waiting_bytes + size <= MOST_BYTES:
            self._waiting_bytes += size
            self._ready.append(_Ready(announcement, messages))
            self._news.set()

    async def run(self) -> None:
        """Tell what is ready, for ever. What fails is told when it is due."""
        while True:
            with log_and_continue("imported incidents are told when they are due"):
                await self._news.wait()
                while self._ready:
                    one = self._ready.popleft()
                    self._waiting_bytes -= sum(len(body) for _, body, _ in one.messages)
                    await self._tell(one.announcement, one.messages)
                self._news.clear()

    async def run_due(self) -> None:
        """Sweep what is due, for ever."""
        await self._work.run()

    async def sweep(self) -> bool:
        """Tell what is there of each piece that is due, the longest due first; whether there may be more."""
        due = await self._announcements.due(self._clock.now(), BATCH)
        for one in due:
            if (claimed := await self._announcements.claim(one, self._clock.now())) is not None:
                await self._tell(claimed, await self._read(claimed))
        return len(due) == BATCH

    async def _read(self, one: Announcement) -> list[Message]:
        """What to tell of the incidents of a piece that are there; of one that was changed since, how it stands."""
        now = self._clock.now()
        found = [stored.incident for stored in (await self._incidents.by_ids(one.ids)).values()]
        imported = [incident for incident in found if incident.imported]
        changed = [snapshot(incident) for incident in imported if incident.version > 1]
        unchanged = [incident for incident in imported if incident.version == 1]
        return [
            *await asyncio.to_thread(messages_of, one.id, unchanged, now),
            *((event.type, event.encode(), event.id) for event in changed),
        ]

    async def _tell(self, one: Announcement, messages: Sequence[Message]) -> None:
        async with self._turn:
            await self._publisher.publish_events(messages)
            await self._announcements.finish(one, self._clock.now())
            await asyncio.sleep(self._seconds_a_row * len(one.ids))
