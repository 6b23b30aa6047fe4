"""The broker loses `tocsin.log` while a gateway reads it: its readers hear so, and then what happens from then on."""

from __future__ import annotations

import asyncio

import aio_pika
import pytest

from services.gateway.stream.feed import Feed, Reader
from shared.bus import topology
from shared.bus.stream import StreamLost, read_stream
from shared.clocks.clock import Clock
from shared.settings import Settings
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from tests.unit.gateway.builders import lived

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("log")]


async def lose_log(settings: Settings) -> None:
    """As a broker that begins anew with empty disks."""
    async with await aio_pika.connect(settings.amqp_url) as connection:
        channel = await connection.channel()
        await channel.queue_delete(topology.Names(settings.namespace).of(topology.LOG))
        await topology.declare(channel, settings.namespace, settings.event_days)


async def heard(reader: Reader) -> list[str]:
    return await eventually(lambda: [item.type for item in reader.take()], seconds=20)


async def test_readers_are_told_to_read_everything_again_and_hear_what_comes(harness: Harness) -> None:
    feed = Feed(harness.settings, Clock(), silent_seconds=0.5)
    running = asyncio.create_task(feed.run())
    try:
        with feed.reader("key") as reader:
            await harness.publish(lived("incident.opened.v1"))
            assert await heard(reader) == ["incident.opened"]
            before = feed.position
            await asyncio.sleep(1.5)
            assert not reader.take_reset(), "a silence alone is no loss"
            await lose_log(harness.settings)
            await eventually(reader.take_reset, seconds=30)
            assert await feed.since(before) is None
            after = feed.position
            await harness.publish(example("alert.opened.v1"))
            assert await heard(reader) == ["alert.opened"]
            missed = await eventually(lambda: feed.since(after), seconds=20)
            assert [one.type for one in missed or []] == ["alert.opened"]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_reader_that_comes_back_to_another_log_is_told(harness: Harness) -> None:
    await harness.publish(example("incident.opened.v1"), example("alert.opened.v1"))
    async for last in read_stream(harness.settings, "first", idle_seconds=10):
        if last.event.type == "alert.opened.v1":
            break
    await lose_log(harness.settings)
    for name in ("page.failed.v1", "incident.opened.v1", "page.failed.v1", "incident.opened.v1"):
        await harness.publish(example(name))
    with pytest.raises(StreamLost):
        async for _ in read_stream(harness.settings, after=last):
            pass
