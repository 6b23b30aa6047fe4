"""Calls `TOCSIN_HEARTBEAT_URL` when a canary arrived: who watches that address knows that Tocsin pages.

One attempt for each canary: the next one comes soon, and a call that is missed is what the watcher waits for.
"""

from __future__ import annotations

import asyncio

from prometheus_client import Counter

from shared.outside.outbound import Outbound, OutboundError
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue

SECONDS = 10.0
ANSWER_LIMIT_BYTES = 1024
FIRST_ERROR = 400

BEATS = Counter("tocsin_heartbeats_total", "Calls of TOCSIN_HEARTBEAT_URL", ["outcome"])

log = get_logger(__name__)


class Heartbeat:
    """Calls an address when a canary arrived; without an address it calls nobody."""

    def __init__(self, outbound: Outbound, url: str) -> None:
        self._outbound = outbound
        self._url = url
        self._arrived = asyncio.Event()

    def beat(self) -> None:
        """Call soon."""
        self._arrived.set()

    async def run(self) -> None:
        """Call when asked to, for ever."""
        while True:
            with log_and_continue("the heartbeat is called again"):
                await self._arrived.wait()
                self._arrived.clear()
                if self._url:
                    await self._call()

    async def close(self) -> None:
        """Close the connections."""
        await self._outbound.close()

    async def _call(self) -> None:
        try:
            answer = await self._outbound.call(
                "GET", self._url, timeout_seconds=SECONDS, answer_limit_bytes=ANSWER_LIMIT_BYTES
            )
        except OutboundError as error:
            BEATS.labels("failed").inc()
            # the address may hold a secret and is not named
            log.warning("the heartbeat could not be called", error=f"{type(error).__name__}: {error}"[:300])
            return
        if answer.status < FIRST_ERROR:
            BEATS.labels("called").inc()
            return
        BEATS.labels("failed").inc()
        log.warning("the heartbeat was refused", status=answer.status)
