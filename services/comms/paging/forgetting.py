"""Forgets people who were erased: at once when it is told, and now and then those who were erased before.

Those are all who were erased before comms knew all that it keeps of them: each once, a few at a time. Whoever was
forgotten is marked so, which makes what a process that died left undone the work of the next one.

A page may be taken in by a process that asked a moment ago whether its reader was erased (`among_of_late`). So
everybody is forgotten once more when no such answer counts any more, and only then marked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

from services.comms.paging.store.deliveries import Deliveries
from services.comms.people.store.erased import ANSWER_SECONDS, ErasedPeople
from shared.process.outliving import log_and_continue
from shared.timers import sweep_forever

AT_ONCE = 50
POLL_SECONDS = 3600.0
ONCE_MORE_SECONDS = 2 * ANSWER_SECONDS

Withdraw = Callable[[Sequence[str]], Awaitable[None]]
"""Cancels the pages to these people that are not sent yet."""


class Forgetting:
    """Removes erased people from all deliveries: when comms is told, and once more a little later."""

    def __init__(
        self, deliveries: Deliveries, erased: ErasedPeople, *, once_more_seconds: float = ONCE_MORE_SECONDS
    ) -> None:
        self._deliveries = deliveries
        self._erased = erased
        self._once_more_seconds = once_more_seconds
        self._beyond = ""
        self._once_more: asyncio.Queue[tuple[float, str]] = asyncio.Queue()

    async def forget(self, user_ids: Iterable[str]) -> None:
        """Remove these people's names and addresses from all deliveries, now and once more a little later."""
        for user_id in user_ids:
            await self._deliveries.forget(user_id)
            self._once_more.put_nowait((time.monotonic() + self._once_more_seconds, user_id))

    async def run(self, withdraw: Withdraw) -> None:
        """Look at all who were erased, when the process starts and from then on now and then; forget them once more."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sweep_forever("erased people", self.sweep, poll_seconds=POLL_SECONDS))
            tasks.create_task(self._forget_once_more(withdraw))

    async def sweep(self) -> bool:
        """Forget the next few; True when there may be more."""
        found = await self._erased.beyond(self._beyond, AT_ONCE)
        for user_id in (user_id for user_id, is_forgotten in found if not is_forgotten):
            await self.forget([user_id])
            await self._erased.mark_forgotten(user_id)
        self._beyond = found[-1][0] if len(found) == AT_ONCE else ""
        return len(found) == AT_ONCE

    async def _forget_once_more(self, withdraw: Withdraw) -> None:
        while True:
            with log_and_continue("somebody who was erased is forgotten once more by a later look"):
                at, user_id = await self._once_more.get()
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                await withdraw([user_id])
                await self._deliveries.forget(user_id)
                await self._erased.mark_forgotten(user_id)
