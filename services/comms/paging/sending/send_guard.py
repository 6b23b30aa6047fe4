"""A page's way from the decision to send it to its first byte on the wire.

No page is handed over later than two seconds after an acknowledgement was answered. Reaching a slow receiver may take
longer than that, so whether the page is still wanted is asked once more when the receiver is reached: of the store,
since any replica may have heard of the answer. What this process itself hears breaks the attempt off at once. Once the
page has left nothing stops it: half a message is worse than one too many.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from services.comms.delivery.delivery_state import Move, Reason
from shared.failures import is_dependency_failure

FRESH_SECONDS = 0.5
"""How long the answer to the question before the attempt counts."""
ASKING_SECONDS = 1.0


class Withdrawn(Exception):
    """The page did not leave: it is not wanted any more, or, with `move` None, this could not be found out."""

    def __init__(self, move: Move | None) -> None:
        super().__init__(move.reason.value if move else "not asked")
        self.move = move


class SendGuard:
    """One attempt; `ask` says whether its page is wanted now, `asked_at` (monotonic) is when it was asked before."""

    def __init__(self, ask: Callable[[], Awaitable[Move]], asked_at: float) -> None:
        self._ask = ask
        self._asked_at = asked_at
        self.has_left = False
        self.is_withdrawn = False
        self.task: asyncio.Task[None] | None = None

    def withdraw(self) -> None:
        """Break the attempt off, unless the page has left."""
        if not self.has_left and not self.is_withdrawn:
            self.is_withdrawn = True
            if self.task is not None:
                self.task.cancel()

    async def check(self) -> None:
        """Let the page go out, or raise `Withdrawn`: a channel awaits this before its first byte."""
        if time.monotonic() - self._asked_at > FRESH_SECONDS:
            move = await self._ask_in_time()
            if move.reason is not Reason.SEND:
                raise Withdrawn(move)
        if self.is_withdrawn:
            raise Withdrawn(None)
        self.has_left = True

    async def _ask_in_time(self) -> Move:
        try:
            async with asyncio.timeout(ASKING_SECONDS):
                return await self._ask()
        except Exception as error:
            if is_dependency_failure(error):
                raise Withdrawn(None) from error
            raise
