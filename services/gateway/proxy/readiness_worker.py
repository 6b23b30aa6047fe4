"""Asks every replica each second whether it is ready: `/readyz` and the choice of a replica rest on the answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

from services.gateway.proxy.upstream import Replica, Upstream
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue, pause_loop

PERIOD_SECONDS = 1.0
ANSWER_SECONDS = 1.5

log = get_logger(__name__)


class ReadinessWorker:
    """Keeps `Replica.is_ready` true to what the replica said last, and no older than three seconds.

    Its `loops` work until cancelled, each replica at its own pace: one that hangs makes no other one look old.
    """

    def __init__(self, upstreams: Iterable[Upstream]) -> None:
        self.loops: Sequence[Callable[[], Awaitable[None]]] = [
            partial(self._watch, upstream, replica) for upstream in upstreams for replica in upstream.replicas
        ]

    async def _watch(self, upstream: Upstream, replica: Replica) -> None:
        while True:
            with log_and_continue("a replica is asked again", at=replica.name):
                was = replica.is_ready
                replica.is_ready = ready = await is_ready(replica)
                if ready != was:
                    log.info("readiness changed", upstream=upstream.service.value, at=replica.name, ready=ready)
            await pause_loop(PERIOD_SECONDS)


async def is_ready(replica: Replica) -> bool:
    """What the replica says of itself; one that gives no answer in time is not ready."""
    try:
        status, _ = await replica.get("/readyz", ANSWER_SECONDS)
    except (OSError, TimeoutError):
        return False
    return status == 200
