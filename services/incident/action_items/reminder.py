"""The worker that has owners of action items reminded when their moment has come.

Nothing is claimed: the write is guarded by the version it was decided on and carries the reminder's event, so of
several processes that sweep at once one tells it, once.
"""

from __future__ import annotations

from services.incident.action_items.action import ActionItem
from services.incident.action_items.reminders import newest_due
from services.incident.action_items.store import Actions, Written
from shared.clocks.clock import Now
from shared.telemetry.metrics import DUE_LAG

BATCH = 100
LOOK_SECONDS = 15.0


class ReminderWorker:
    """Sweeps the action items that are due to be reminded of."""

    def __init__(self, actions: Actions, clock: Now) -> None:
        self._actions = actions
        self._clock = clock
        self._work = actions.due_work(self._sweep, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Sweep for ever."""
        await self._work.run()

    async def _sweep(self) -> bool:
        return await self.sweep() == BATCH

    async def sweep(self) -> int:
        """Tell what is due, the longest due first; how many were told."""
        now = self._clock.now()
        written: list[Written] = []
        for action in await self._actions.due(now, BATCH):
            if action.due_at is None or action.due_on is None:
                continue
            DUE_LAG.labels("actions").observe((now - action.due_at).total_seconds())
            reminder = newest_due(action.due_on, action.reminders_after, now)
            if reminder is not None:
                told: ActionItem = action.changed(reminders_after=reminder.at)
                written.append(Written(action, told, reminder=reminder))
        return len(written) - len(await self._actions.commit(written))
