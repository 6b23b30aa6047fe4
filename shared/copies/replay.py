"""Hearing the facts again: who lacks them asks, who owns them answers with snapshots.

The stream is a shortcut, not the truth: after the loss of a projection, of the broker, or for what is older than the
stream, the owners answer `replay.requested.v1` with the present state of their subjects, straight to the asker's queue.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from shared.bus.publisher import Publisher
from shared.clocks.clock import Now
from shared.events import Event, make
from shared.events.control import ReplayRequest
from shared.ids import fresh
from shared.mongo import Collection
from shared.process.logs import get_logger

REQUEST = "replay.requested.v1"
CHUNK = 200
"""Facts that are under way to the asker at once: the owner's queue waits while it answers, so it must be quick."""

Snapshots = Mapping[str, Callable[[], AsyncIterator[Event]]]
"""By event type: all subjects that the service owns, each as an event of that type with its present sequence."""

log = get_logger(__name__)


async def ask_once(
    marks: Collection, publisher: Publisher, clock: Now, *, service: str, types: Sequence[str], queue: str
) -> bool:
    """Ask the owners of `types` for snapshots into `queue`, unless that was done before; True when it was asked now.

    The mark stands in the same database as the projection, so a dropped database asks again.
    """
    missing = [name for name in types if await marks.find_one({"_id": name}) is None]
    if not missing:
        return False
    request = make(
        REQUEST,
        subject=f"{service}-{fresh()}",
        sequence=1,
        time=clock.now(),
        data=ReplayRequest(types=missing, reply_to=queue),
    )
    await publisher.publish_events([(REQUEST, request.encode(), request.id)])
    for name in missing:
        await marks.update_one({"_id": name}, {"$set": {"asked_at": clock.now()}}, upsert=True)
    return True


async def answer(request: Event, snapshots: Snapshots, publisher: Publisher) -> int:
    """Send the asker what this service owns of what it asked for; tell how many facts that were."""
    wanted = request.data
    if not isinstance(wanted, ReplayRequest):
        raise TypeError("not a replay request")
    sent = 0
    waiting: list[bytes] = []
    told = [name for name in wanted.types if name in snapshots]
    for name in told:
        async for event in snapshots[name]():
            waiting.append(event.encode())
            sent += 1
            if len(waiting) == CHUNK:
                await publisher.all_to_queue(wanted.reply_to, waiting)
                waiting = []
    if waiting:
        await publisher.all_to_queue(wanted.reply_to, waiting)
    if told and wanted.tells_end:
        end = request.changed(id=fresh(), data=wanted.changed(types=told))
        await publisher.all_to_queue(wanted.reply_to, [end.encode()])
    if sent:
        log.info("answered a replay request", asker=request.subject, facts=sent)
    return sent
