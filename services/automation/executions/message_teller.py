"""Tells other services what is for no event: straight into a queue of theirs, at least once, the same each time."""

from __future__ import annotations

from typing import Generic

from services.automation.executions.store.direct_messages import DirectMessages, Told
from shared.bus.publisher import Publisher
from shared.clocks.clock import Now

BATCH = 50
LOOK_SECONDS = 15.0


class MessageTeller(Generic[Told]):
    """Sends what is to be told to one queue, and forgets it once the broker has confirmed."""

    def __init__(self, messages: DirectMessages[Told], queue: str, publisher: Publisher, clock: Now) -> None:
        self._messages = messages
        self._queue = queue
        self._publisher = publisher
        self._clock = clock
        self._work = messages.due_work(self.sweep, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Tell what is due, for ever."""
        await self._work.run()

    async def sweep(self) -> bool:
        """Tell some; True when there may be more."""
        due = await self._messages.due(self._clock.now(), BATCH)
        if due:
            await self._publisher.all_to_queue(self._queue, [one.model_dump_json().encode() for one in due.values()])
            await self._messages.forget(list(due))
        return len(due) == BATCH
