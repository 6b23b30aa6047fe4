"""How many services would page nobody at some time of the next week, for the first page: only the number.

On-call is asked, at most once in `KEEP_SECONDS`. When it does not answer soon the page goes without the number.
"""

from __future__ import annotations

import asyncio
import json
import time

from services.gateway.proxy.upstream import Upstream
from services.gateway.requests.routes import Service
from shared.callers.identity import HEADER, Identity
from shared.callers.identity_tokens import IdentitySigner
from shared.clocks.clock import Now
from shared.problem import Problem
from shared.vocabulary import Role

KEEP_SECONDS = 2.0
SECONDS = 0.5
"""How long the first page waits for it."""
PATH = "/on-call/audit/unpaged"
_SELF = Identity(key_id="gateway", name="gateway", role=Role.VIEWER)


class UnpagedServices:
    """Asks on-call, in the gateway's own name, and remembers the answer for a while."""

    def __init__(self, oncall: Upstream, signer: IdentitySigner, clock: Now) -> None:
        self._oncall = oncall
        self._signer = signer
        self._clock = clock
        self._count: int | None = None
        self._ask_at = 0.0

    async def count(self) -> int | None:
        """The number of these services; None when it can't be told just now."""
        if time.monotonic() >= self._ask_at:
            # whoever asks meanwhile gets what is known, and nobody waits for a service that is away more than once
            self._ask_at = time.monotonic() + KEEP_SECONDS
            self._count = await self._ask()
        return self._count

    async def _ask(self) -> int | None:
        token = self._signer.sign(_SELF, Service.ONCALL, self._clock.now()).encode()
        try:
            async with asyncio.timeout(SECONDS):
                status, body = await self._oncall.get(PATH, SECONDS, [(HEADER.lower().encode(), token)])
            count = json.loads(body)["services"] if status == 200 else None
        except (OSError, TimeoutError, Problem, ValueError, KeyError, TypeError):
            return None
        return count if isinstance(count, int) else None
