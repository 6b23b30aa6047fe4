"""Tells the incident service how outputs ended: straight into its queue, at least once, and under one id each time."""

from __future__ import annotations

from services.automation.executions.store.output_lines import OutputLines
from shared.bus.publisher import Publisher
from shared.clocks.clock import Now
from shared.events.automation import OUTPUT_LINES

BATCH = 50
LOOK_SECONDS = 15.0


class LineTeller:
    """Sends what is to be told, and forgets it once the broker has confirmed."""

    def __init__(self, lines: OutputLines, publisher: Publisher, clock: Now) -> None:
        self._lines = lines
        self._publisher = publisher
        self._clock = clock
        self._work = lines.due_work(self.sweep, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Tell what is due, for ever."""
        await self._work.run()

    async def sweep(self) -> bool:
        """Tell some; True when there may be more."""
        due = await self._lines.due(self._clock.now(), BATCH)
        if due:
            await self._publisher.all_to_queue(OUTPUT_LINES, [line.model_dump_json().encode() for line in due])
            await self._lines.forget([line.id for line in due])
        return len(due) == BATCH
