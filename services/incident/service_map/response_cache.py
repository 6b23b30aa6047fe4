"""The large answers that are made of the map, kept in memory until the map changes.

They are made one at a time, beside the event loop: nobody else's request waits for a walk of fifty thousand edges, and
of those who ask the same at once one makes it. What was made longest ago is forgotten first.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from services.incident.service_map.graph import ServiceMap

MOST_BYTES = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A body, and the entity tag by which it is known again."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, body: bytes) -> Answer:
        """The answer with this body."""
        return cls(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


class MapResponseCache:
    """The bodies of large answers, by what was asked of which map; a process has one of it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._map = ServiceMap()
        self._kept: dict[Hashable, Answer] = {}
        self._making = asyncio.Lock()

    async def answer(self, service_map: ServiceMap, asked: Hashable, make: Callable[[], Awaitable[bytes]]) -> Answer:
        """What `make` makes of this map, for which `asked` stands."""
        known = self._find(service_map, asked)
        if known is not None:
            return known
        async with self._making:
            known = self._find(service_map, asked)
            if known is None:
                known = Answer.of(await make())
                self._keep(service_map, asked, known)
            return known

    def _find(self, service_map: ServiceMap, asked: Hashable) -> Answer | None:
        return self._kept.get(asked) if service_map is self._map else None

    def _keep(self, service_map: ServiceMap, asked: Hashable, answer: Answer) -> None:
        if service_map is not self._map:
            self._map, self._kept = service_map, {}
        self._kept[asked] = answer
        size = sum(len(one.body) for one in self._kept.values())
        for key in list(self._kept):
            if size <= self._most:
                return
            size -= len(self._kept.pop(key).body)
