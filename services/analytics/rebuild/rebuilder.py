"""Empties the copies, reads the log of events, and asks the owners for what is not in it, or not any more.

Newest facts win (ADR 0005), so it does not matter what comes from where, nor that the running service goes on taking
news in meanwhile. What only analytics has (corrected clusters, notes, samples, hints) is not touched.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from services.analytics.app import REPLICATED
from services.analytics.handlers import Copies
from services.analytics.rebuild.progress import Progress, share_of_time
from services.analytics.table.store.copies import REBUILDS, note_rebuild
from shared.bus.batches import as_opened
from shared.bus.consumer import Delivery
from shared.bus.reply_queue import open_reply_queue
from shared.bus.stream import read_stream
from shared.copies.replay import REQUEST
from shared.copies.replica import Replica
from shared.events import Event, make
from shared.events.control import ReplayRequest
from shared.events.flow import list_consumed
from shared.ids import fresh
from shared.mongo import Database
from shared.settings import Settings

SERVICE = "analytics"
REPLY_TO = "analytics.rebuild"
BATCH = 500
SILENT_SECONDS = 60.0
"""So long nobody answers, and nobody will."""
Show = Callable[[Progress], None]


class NotAnswered(Exception):
    """Owners of facts did not answer; the message names the facts."""


async def rebuild(settings: Settings, show: Show, *, silent_seconds: float = SILENT_SECONDS) -> int:
    """Make the copies anew; how many facts were read.

    Raises `NotAnswered` when an owner does not answer, `ConnectionError` without a broker, and what the driver raises
    without a database. What is done again then begins anew.
    """
    database = Database(settings, SERVICE)
    try:
        await database.synchronise()
        copies = Copies(database, database.clock)
        for one in vars(copies).values():
            if isinstance(one, Replica):
                await one.collection.delete_many({})
        await note_rebuild(database.collection(REBUILDS))
        found = await _read_log(settings, copies, database, show)
        return found + await _ask_owners(settings, copies, database, show, silent_seconds)
    finally:
        await database.close()


async def _read_log(settings: Settings, copies: Copies, database: Database, show: Show) -> int:
    heard, first, count = frozenset(list_consumed()[SERVICE]), None, 0
    waiting: list[Event] = []
    async with contextlib.aclosing(read_stream(settings)) as log:
        async for kept in log:
            first = first or kept.event.time
            if kept.event.type in heard:
                waiting.append(kept.event)
            if len(waiting) == BATCH:
                count += await _take(copies, waiting)
                show(Progress("log", share_of_time(first, kept.event.time, database.clock.now()), count))
                waiting = []
    count += await _take(copies, waiting)
    show(Progress("log", 1.0, count))
    return count


async def _ask_owners(settings: Settings, copies: Copies, database: Database, show: Show, silent_seconds: float) -> int:
    missing, count = set(REPLICATED), 0
    async with open_reply_queue(settings, REPLY_TO) as replies:
        asked = ReplayRequest(types=list(REPLICATED), reply_to=REPLY_TO, tells_end=True)
        now = database.clock.now()
        request = make(REQUEST, subject=f"{SERVICE}-{fresh()}", sequence=1, time=now, data=asked)
        await replies.publisher.publish_events([(REQUEST, request.encode(), request.id)])
        while missing:
            try:
                told = await replies.take(BATCH, seconds=silent_seconds)
            except TimeoutError:
                raise NotAnswered(f"nobody answers for {', '.join(sorted(missing))}: is the stack running?") from None
            count += await _take(copies, [event for event in told if event.type != REQUEST])
            missing -= {name for event in told if isinstance(event.data, ReplayRequest) for name in event.data.types}
            show(Progress("owners", 1 - len(missing) / len(REPLICATED), count))
    return count


async def _take(copies: Copies, events: Sequence[Event]) -> int:
    if events:
        batch = [Delivery(event, {}, redelivered=False, routing_key=event.type) for event in events]
        await copies.handle([*batch, *as_opened(batch)])
    return len(events)
