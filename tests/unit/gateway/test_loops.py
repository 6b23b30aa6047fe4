"""The gateway's loops go on when they are cancelled by nobody, in a round or between two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

import pytest

from services.gateway.keys.key import Key
from services.gateway.keys.key_cache import KeyCache
from services.gateway.openapi.specs import Specs
from services.gateway.proxy.readiness_worker import ReadinessWorker
from services.gateway.proxy.upstream import Upstream, connect_upstreams
from services.gateway.requests.routes import Service
from shared.bus.news import Nudges
from shared.process.outliving import Ending, must_not_end

pytestmark = pytest.mark.unit

Loop = Callable[[], Awaitable[None]]


class Flaky:
    """A store or a replica that counts how often it is asked, and answers once with a cancellation."""

    name, is_ready = "127.0.0.1:1", False

    def __init__(self) -> None:
        self.asked = 0

    def _ask(self) -> None:
        self.asked += 1
        if self.asked == 2:
            raise asyncio.CancelledError

    async def get(self, path: str, seconds: float) -> tuple[int, bytes]:
        del path, seconds
        self._ask()
        return 200, b'{"paths": {}}'

    async def find_changed_since(self, since: datetime | None) -> AsyncIterator[tuple[Key, datetime]]:
        del since
        self._ask()
        nothing: list[tuple[Key, datetime]] = []
        for one in nothing:
            yield one


def upstream_of(replica: Flaky) -> Upstream:
    upstream = connect_upstreams({})[Service.INCIDENT]
    upstream.replicas.append(replica)  # type: ignore[arg-type]
    return upstream


LOOPS: dict[str, Callable[[Flaky], Loop]] = {
    "readiness": lambda flaky: ReadinessWorker([upstream_of(flaky)]).loops[0],
    "the documents": lambda flaky: (
        Specs(
            {Service.INCIDENT: upstream_of(flaky), Service.ONCALL: connect_upstreams({})[Service.ONCALL]},
            {},
            "http://x",
        ).run
    ),
    "the key cache": lambda flaky: KeyCache(flaky, Nudges()).run,  # type: ignore[arg-type]
}


@pytest.mark.parametrize("make", LOOPS.values(), ids=LOOPS)
async def test_a_loop_outlives_a_stray_cancellation(make: Callable[[Flaky], Loop]) -> None:
    flaky, ending = Flaky(), Ending()
    part = asyncio.ensure_future(must_not_end(make(flaky)))
    try:
        async with asyncio.timeout(20):
            while flaky.asked < 4:  # one of these rounds is cancelled by itself, every pause by us
                await asyncio.sleep(0.05)
                part.cancel()
                assert not part.done()
    finally:
        ending.tell()
        part.cancel()
        await asyncio.gather(part, return_exceptions=True)
