"""Facts that end keys: a key that acts for a person ends when the person goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.gateway.keys.key import Key, end_with_person
from services.gateway.keys.key_cache import KeyCache
from services.gateway.keys.store import KeyStore
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.oncall import UserErased, UserFact
from shared.outbox.races import decide_and_commit


class PersonHandler:
    """Consumes what on-call tells of people."""

    def __init__(self, store: KeyStore, key_cache: KeyCache, clock: Now) -> None:
        self._store = store
        self._key_cache = key_cache
        self._clock = clock

    async def handle(self, deliveries: Sequence[Delivery[Event]]) -> None:
        """End the keys of everybody of whom one of these events says that they went."""
        gone = [event for event, user in facts_of(deliveries, UserFact) if user.deleted]
        gone += [event for event, _ in facts_of(deliveries, UserErased)]
        for event in gone:
            await self._end_keys(event.subject, event.time)

    async def _end_keys(self, user_id: str, gone_at: datetime) -> None:
        def decide(keys: Sequence[Key]) -> list[Key]:
            return [ended for key in keys if (ended := end_with_person(key, gone_at)) is not None]

        async def commit(ended: Sequence[Key]) -> set[str]:
            lost: set[str] = set()
            for key in ended:
                stored = await self._store.replace(key, self._clock.now())
                if stored is None:
                    lost.add(key.id)
                else:
                    self._key_cache.learn(stored)
            return lost

        await decide_and_commit(lambda: self._store.of_user(user_id), decide, commit)
