"""Asks every replica each second whether it is ready: `/readyz` and the choice of a replica rest on the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from services.gateway.upstream import Replica, Upstream
from shared.logs import get_logger

PERIOD_SECONDS = 1.0
ANSWER_SECONDS = 1.5

log = get_logger(__name__)


class Prober:
    """Keeps `Replica.is_ready` true to what the replica said last, and no older than three seconds."""

    def __init__(self, upstreams: Iterable[Upstream]) -> None:
        self._replicas = [(upstream, replica) for upstream in upstreams for replica in upstream.replicas]

    async def run(self) -> None:
        """Ask for ever, each replica at its own pace: one that hangs makes no other one look old."""
        async with asyncio.TaskGroup() as tasks:
            for upstream, replica in self._replicas:
                tasks.create_task(self._watch(upstream, replica))
            tasks.create_task(asyncio.Event().wait())  # with nothing to ask it still runs for ever

    async def _watch(self, upstream: Upstream, replica: Replica) -> None:
        while True:
            was = replica.is_ready
            replica.is_ready = await is_ready(replica)
            if replica.is_ready != was:
                log.info("readiness changed", upstream=upstream.service.value, at=replica.name, ready=replica.is_ready)
            await asyncio.sleep(PERIOD_SECONDS)


async def is_ready(replica: Replica) -> bool:
    """What the replica says of itself; one that gives no answer in time is not ready."""
    try:
        status, _ = await replica.get("/readyz", ANSWER_SECONDS)
    except (OSError, TimeoutError):
        return False
    return status == 200
