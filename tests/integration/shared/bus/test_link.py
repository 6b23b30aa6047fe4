"""How often a link asks its broker whether it is there: only when nothing else was heard of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aio_pika.abc import AbstractChannel

from shared.bus.link import PROBE_SECONDS, Link
from shared.bus.publisher import Publisher
from shared.settings import Settings

pytestmark = pytest.mark.integration


class Asking(Link):
    """Counts the questions."""

    asked = 0

    async def _ask(self, channel: AbstractChannel) -> None:
        self.asked += 1
        await super()._ask(channel)


@pytest.fixture
async def link(apart: Settings) -> AsyncIterator[Asking]:
    one = Asking(apart, "test")
    running = asyncio.create_task(one.run())
    await one.wait_up()
    yield one
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await one.close()


async def test_a_quiet_link_asks_now_and_then_and_stays_up(link: Asking) -> None:
    for _ in range(10):
        await asyncio.sleep(PROBE_SECONDS / 4)
        assert link.is_up
    assert 1 <= link.asked <= 2


async def test_a_link_on_which_the_broker_confirms_asks_nothing(link: Asking, apart: Settings) -> None:
    publisher = Publisher(link, apart)
    for number in range(10):
        await asyncio.sleep(PROBE_SECONDS / 4)
        await publisher.publish_events([("nobody.hears.it", b"{}", f"m{number}")])
    assert link.asked == 0
