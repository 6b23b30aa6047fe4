"""Forgets people who were erased: at once when it is told, and now and then those who were erased before.

Those are all who were erased before comms knew all that it keeps of them: each once, a few at a time. Whoever was
forgotten is marked so, which makes what a process that died left undone the work of the next one.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.comms.paging.store.deliveries import Deliveries
from services.comms.people.store.erased import ErasedPeople
from shared.timers import sweep_forever

AT_ONCE = 50
POLL_SECONDS = 3600.0


class Forgetting:
    """See the module's docstring."""

    def __init__(self, deliveries: Deliveries, erased: ErasedPeople) -> None:
        self._deliveries = deliveries
        self._erased = erased
        self._beyond = ""

    async def forget(self, user_ids: Iterable[str]) -> None:
        """Remove these people's names and addresses from all deliveries, and mark each as forgotten."""
        for user_id in user_ids:
            await self._deliveries.forget(user_id)
            await self._erased.mark_forgotten(user_id)

    async def run(self) -> None:
        """Look at all who were erased, when the process starts and from then on now and then."""
        await sweep_forever("erased people", self.sweep, poll_seconds=POLL_SECONDS)

    async def sweep(self) -> bool:
        """Forget the next few; True when there may be more."""
        found = await self._erased.beyond(self._beyond, AT_ONCE)
        await self.forget(user_id for user_id, is_forgotten in found if not is_forgotten)
        self._beyond = found[-1][0] if len(found) == AT_ONCE else ""
        return len(found) == AT_ONCE
