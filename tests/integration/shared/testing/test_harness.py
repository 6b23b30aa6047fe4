"""What the tests run in ends within seconds, also when its own link to the broker is just being made anew."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from aio_pika.exceptions import AMQPConnectionError

from shared.bus.link import broker_call
from shared.settings import Settings
from shared.testing.harness import Harness
from shared.testing.tcp_proxy import TcpProxy, port_of

pytestmark = pytest.mark.integration

ENDS_SECONDS = 25.0


class LosingLink:
    """A link that connects anew for ever. Its driver answers the first cancellation with the failure of the link, as
    it does when a cancellation meets a connection that is just dying."""

    def __init__(self) -> None:
        self.cancelled = 0
        self.connects = asyncio.Event()

    async def run(self) -> None:
        while True:
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with broker_call(60):
                    await self._connect()

    async def _connect(self) -> None:
        try:
            self.connects.set()
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled += 1
            if self.cancelled == 1:
                raise AMQPConnectionError("closed while it was cancelled") from None
            raise


async def test_a_link_that_loses_a_cancellation_while_it_connects_anew_ends_all_the_same(apart: Settings) -> None:
    harness, link = Harness(apart), LosingLink()
    await harness.connect()
    harness._spawn(link.run())
    await link.connects.wait()
    async with asyncio.timeout(ENDS_SECONDS):
        await harness.close()
    assert link.cancelled == 2


async def test_the_test_itself_may_ask_the_broker_on_while_its_harness_is_not_to_end(apart: Settings) -> None:
    """A cancellation that is meant for the test is its own: it is not taken for a dying link."""
    harness = Harness(apart)

    async def ask() -> None:
        async with broker_call(60):
            await asyncio.sleep(60)

    task = asyncio.create_task(ask())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await harness.close()


async def test_a_harness_ends_though_its_broker_is_silent(apart: Settings) -> None:
    with TcpProxy(port_of(apart.amqp_url)) as proxy:
        harness = Harness(apart.model_copy(update={"amqp_url": proxy.through(apart.amqp_url)}))
        await harness.connect()
        proxy.black_hole()
        proxy.cut()
        async with asyncio.timeout(ENDS_SECONDS):
            await harness.close()
