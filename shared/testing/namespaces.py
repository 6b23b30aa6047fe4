"""Namespaces whose queues are declared once and emptied after each test.

To make two dozen quorum queues and to remove them again takes the broker longer than most tests take. A namespace that
was given back is empty: no message waits, nobody consumes, its databases are gone. What the broker still had under way
for the test before (a dead letter, say) arrives while others are used, and is removed when it is used again.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.settings import Settings
from shared.testing.harness import Harness

RESTING = 3


class Namespaces:
    """Those of one process; `resting` are given back before one is used again."""

    def __init__(self, *, resting: int = RESTING) -> None:
        self._least = resting
        self._resting: deque[str] = deque()

    @asynccontextmanager
    async def harness(self, settings: Settings) -> AsyncIterator[Harness]:
        """A harness on the namespace that has rested longest, or on a new one; the settings' own is not used."""
        namespace = self._resting.popleft() if len(self._resting) >= self._least else new_namespace()
        one = Harness(settings.model_copy(update={"namespace": namespace}), keeps_queues=True)
        try:
            yield one
        finally:
            await one.close()
        if one.keeps_queues:
            self._resting.append(namespace)

    async def remove(self, settings: Settings) -> None:
        """Remove all queues that were kept, from a broker that stays."""
        while self._resting:
            one = Harness(settings.model_copy(update={"namespace": self._resting.pop()}))
            try:
                await one.connect()
            finally:
                await one.close()


def new_namespace() -> str:
    """One that no other test and no other worker has."""
    return f"t{secrets.token_hex(5)}"
