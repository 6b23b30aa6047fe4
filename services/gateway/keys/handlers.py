"""Facts that end keys: a key that acts for a person ends when the person goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.gateway.keys.key import end_with_person
from services.gateway.keys.key_cache import KeyCache
from services.gateway.keys.store import KeyStore
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.oncall import UserErased, UserFact
from shared.outbox.aggregates import settle_races


class PersonHandler:
    """Consumes what on-call tells of people."""

    def __init__(self, store: KeyStore, key_cache: KeyCache, clock: Now) -> None:
        self._store = store
        self._key_cache = key_cache
        self._clock = clock

    async def handle(self, deliveries: Sequence[Delivery[Event]]) -> None:
        """End the keys of everybody of whom one of these events says that they went."""
        for event in (delivery.payload for delivery in deliveries):
            if tells_of_going(event):
                await self._end_keys(event.subject, event.time)

    async def _end_keys(self, user_id: str, gone_at: datetime) -> None:
        async def attempt() -> set[str]:
            lost: set[str] = set()
            for key in await self._store.of_user(user_id):
                ended = end_with_person(key, gone_at)
                if ended is None:
                    continue
                stored = await self._store.replace(ended, self._clock.now())
                if stored is None:
                    lost.add(key.id)
                else:
                    self._key_cache.learn(stored)
            return lost

        await settle_races(attempt)


def tells_of_going(event: Event) -> bool:
    """True for the deletion and the erasure of a person."""
    return isinstance(event.data, UserErased) or (isinstance(event.data, UserFact) and event.data.deleted)
