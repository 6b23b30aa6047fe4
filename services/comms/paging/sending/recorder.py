"""Writes what became of sends, many at a time.

Results are gathered for a few milliseconds and written in one bulk together with the events that tell of them. Of
hand-overs there may be thousands a minute: those that change their deliveries alike are one write, and their events
wait in a mark instead of an outbox, which `Announcer` takes off a little after they are told, many at once (on the
embedded database 1 ms a page instead of 5). A process that is killed sends again what it had sent and not written, so
writing must not wait for telling.

A write that lost its race is decided again on what is stored now. While the database is away results wait here and are
decided again when it is back: until then no new send starts (`process_lease`), so what waits stays small.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from prometheus_client import Counter, Histogram

from services.comms.delivery.delivery_state import DeliveryState, Move
from services.comms.paging.delivery import Delivery, apply_move
from services.comms.paging.sending.announcer import BATCH, GATHER_SECONDS, Announcer
from services.comms.paging.store.deliveries import Deliveries, Settled
from shared.events.oncall import PageState
from shared.outbox.races import decide_and_commit
from shared.process.outliving import log_and_continue
from shared.telemetry.metrics import ALERT_TO_PAGE

WRITERS = 2
"""Batches that are written at the same time: one is told while another is stored."""
PAUSE_SECONDS = 0.3
ALIKE = timedelta(seconds=1)

HANDOVER_SECONDS = Histogram(
    "tocsin_page_handover_seconds",
    "From the request of a page to its hand-over",
    ["channel"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
)
MOVES = Counter("tocsin_deliveries_total", "Moves of deliveries", ["channel", "state", "reason"])


@dataclass(frozen=True, slots=True)
class PendingResult:
    """Something that is known of a delivery, and how it decides on whatever the delivery is by then."""

    delivery: Delivery
    """As it was when this was found."""
    decide: Callable[[Delivery], Move | None]
    at: datetime
    owner: str | None = None
    """Who holds the delivery afterwards, when that changes."""

    def settle(self, current: Delivery) -> Settled | None:
        """What is to be written of it; None when it changes nothing."""
        move = self.decide(current)
        return Settled(current, move, apply_move(current, move, self.at, self.owner), self.at) if move else None


class Recorder:
    """The one writer of results in a process. `on_written` hears of every delivery that was written or is outdated."""

    def __init__(self, deliveries: Deliveries, announcer: Announcer, on_written: Callable[[Delivery], None]) -> None:
        self._deliveries = deliveries
        self.announcer = announcer
        self._on_written = on_written
        self._waiting: list[PendingResult] = []
        self._wake = asyncio.Event()
        self._free = asyncio.Semaphore(WRITERS)
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def backlog(self) -> int:
        """How many results are not written yet."""
        return len(self._waiting) + self._under_way

    def put(self, findings: Iterable[PendingResult]) -> None:
        """Write these soon."""
        self._waiting.extend(findings)
        if self._waiting:
            self._idle.clear()
            self._wake.set()

    async def run(self) -> None:
        """Write what is put, for ever."""
        async with asyncio.TaskGroup() as writers:
            while True:
                with log_and_continue("results wait to be gathered"):
                    await self._wake.wait()
                    await asyncio.sleep(GATHER_SECONDS)
                    self._wake.clear()
                    while self._waiting:
                        await self._free.acquire()
                        batch, self._waiting = _one_each(self._waiting, BATCH)
                        self._under_way += len(batch)
                        writers.create_task(self._write_surely(batch))

    async def drain(self) -> None:
        """Return when all that was put is written."""
        await self._idle.wait()

    async def _write_surely(self, batch: Sequence[PendingResult]) -> None:
        again = written = False
        while not written:
            with log_and_continue("results wait to be written", count=len(batch)):
                if again:  # what was written of it is not known
                    await asyncio.sleep(PAUSE_SECONDS)
                reread, again = again, True
                await self.write(_date_alike(batch), reread=reread)
                written = True
        self._under_way -= len(batch)
        self._free.release()
        if not self.backlog:
            self._idle.set()

    async def write(self, findings: Sequence[PendingResult], *, reread: bool = False) -> list[Delivery]:
        """Decide and write these now and return what was changed; at most one finding a delivery.

        `reread`: the deliveries in the findings may be outdated. Raises what the database's failure raises.
        """
        written: list[Delivery] = []
        left = {finding.delivery.id: finding for finding in findings}
        known = None if reread else {finding.delivery.id: finding.delivery for finding in findings}

        def decide(current: Mapping[str, Delivery]) -> list[tuple[Delivery, Settled | None]]:
            return [(delivery, left[page_id].settle(delivery)) for page_id, delivery in current.items()]

        async def commit(decided: Sequence[tuple[Delivery, Settled | None]]) -> set[str]:
            lost = await self._settle([one for _, one in decided if one is not None])
            for current, one in decided:
                if one is None:
                    self._on_written(current)
                elif current.id not in lost:
                    written.append(one.after)
                    self._count(one)
                    self._on_written(one.after)
            for page_id in left.keys() - lost:
                del left[page_id]
            return lost

        await decide_and_commit(lambda: self._deliveries.by_ids(list(left)), decide, commit, known=known)
        return written

    async def _settle(self, settled: Sequence[Settled]) -> set[str]:
        over = [one for one in settled if one.move.tell is PageState.DELIVERED]
        lost = await self._deliveries.settle([one for one in settled if one.move.tell is not PageState.DELIVERED])
        lost |= await self._deliveries.settle_handed_over(over)
        self.announcer.put(one.after for one in over if one.before.id not in lost)
        return lost

    def _count(self, one: Settled) -> None:
        channel = one.after.page.method.channel.value
        MOVES.labels(channel, one.after.state.value, one.after.reason.value).inc()
        if one.after.state is DeliveryState.DELIVERED:
            page = one.after.page
            HANDOVER_SECONDS.labels(channel).observe(max(0.0, (one.at - page.requested_at).total_seconds()))
            if page.caused_at is not None:
                ALERT_TO_PAGE.labels(channel).observe(max(0.0, (one.at - page.caused_at).total_seconds()))


def _date_alike(batch: Sequence[PendingResult]) -> list[PendingResult]:
    """The findings, those of the last second under one date, so that they can become one write."""
    latest = max(finding.at for finding in batch)
    return [replace(finding, at=latest) if latest - finding.at < ALIKE else finding for finding in batch]


def _one_each(findings: list[PendingResult], limit: int) -> tuple[list[PendingResult], list[PendingResult]]:
    """The first `limit` findings, at most one of each delivery, and the rest in order."""
    now: dict[str, PendingResult] = {}
    later: list[PendingResult] = []
    for finding in findings:
        if len(now) < limit and finding.delivery.id not in now:
            now[finding.delivery.id] = finding
        else:
            later.append(finding)
    return list(now.values()), later
