"""The last good answer of every public page, in memory: it is what is shown while the database does not answer.

An answer is made again when it is older than `FRESH_SECONDS`, or when a page was changed here. Readers that come at
once wait for one making. What was shown longest ago is forgotten first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from services.comms.status_pages.public.response import Answer
from shared.failures import is_dependency_failure
from shared.process.logs import get_logger

FRESH_SECONDS = 0.5
MAKING_SECONDS = 2.0
"""With a copy at hand nobody waits longer than this for the database."""
AFTER_FAILURE_SECONDS = 2.0
MOST_BYTES = 32 * 1024 * 1024
Make = Callable[[], Awaitable[Answer | None]]

log = get_logger(__name__)


@dataclass(slots=True)
class Copy:
    """An answer, and until when it is shown without asking."""

    slug: str
    answer: Answer
    fresh_until: float
    making: asyncio.Lock = field(default_factory=asyncio.Lock)


class PublicCopies:
    """Keeps up to `most_bytes` of answers, and drops first those that were shown longest ago."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._copies: dict[tuple[str, str], Copy] = {}
        self._making: dict[tuple[str, str], asyncio.Lock] = {}
        self._bytes = 0
        self._most = most_bytes

    def invalidate(self, slug: str) -> None:
        """Make this page's copies anew when next asked for; the old ones stay for when the database is away."""
        for copy in self._copies.values():
            if copy.slug == slug:
                copy.fresh_until = 0.0

    async def answer(self, slug: str, what: str, make: Make) -> Answer | None:
        """The answer to `what` of a page; None when `make` says that there is none.

        Raises what `make` raises when it is no failure of the database, or when nothing was kept.
        """
        key = (slug, what)
        copy = self._copies.get(key)
        if copy is not None and time.monotonic() < copy.fresh_until:
            return copy.answer
        lock = self._making.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                copy = self._copies.get(key)
                if copy is not None and time.monotonic() < copy.fresh_until:
                    return copy.answer
                return await self._renew(key, copy, make)
        finally:
            if not lock.locked():
                self._making.pop(key, None)

    async def _renew(self, key: tuple[str, str], copy: Copy | None, make: Make) -> Answer | None:
        try:
            async with asyncio.timeout(MAKING_SECONDS if copy is not None else None):
                answer = await make()
        except Exception as error:
            if copy is None or not (isinstance(error, TimeoutError) or is_dependency_failure(error)):
                raise
            log.warning("a public page is shown from its copy", slug=key[0], error=repr(error)[:200])
            copy.fresh_until = time.monotonic() + AFTER_FAILURE_SECONDS
            return copy.answer
        self._forget(key)
        if answer is not None:
            self._keep(key, answer)
        return answer

    def _keep(self, key: tuple[str, str], answer: Answer) -> None:
        self._copies[key] = Copy(key[0], answer, time.monotonic() + FRESH_SECONDS)
        self._bytes += len(answer.body)
        while self._bytes > self._most and len(self._copies) > 1:
            self._forget(next(iter(self._copies)))

    def _forget(self, key: tuple[str, str]) -> None:
        copy = self._copies.pop(key, None)
        if copy is not None:
            self._bytes -= len(copy.answer.body)
