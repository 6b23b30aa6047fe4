"""A cluster's nodes are tried in turn: one that is gone, or silent, keeps nobody from the next."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import pytest

from shared.bus.link import CONNECT_SECONDS, Link
from shared.bus.topology import DEAD, QUEUES, Names
from shared.settings import Settings
from shared.testing.harness import eventually
from shared.testing.tcp_proxy import TcpProxy, port_of, with_port

pytestmark = pytest.mark.integration

SOON = 12.0
"""A busy machine takes that long now and then; without what is tested here it would never be."""


def through(settings: Settings, *ports: int) -> Settings:
    """The same broker at these ports of loopback, in this order."""
    urls = [with_port(settings.amqp_url, port) for port in ports]
    return settings.model_copy(update={"amqp_url": ",".join(urls)})


def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def kept_up(settings: Settings) -> AsyncIterator[Link]:
    link = Link(settings, "test")
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await link.close()


async def test_a_node_that_is_gone_is_passed_over_at_once(apart: Settings) -> None:
    nobody = [closed_port() for _ in range(12)]
    async with (
        kept_up(through(apart, *nobody, port_of(apart.amqp_url))) as link,
        asyncio.timeout(SOON + CONNECT_SECONDS),
    ):
        await link.wait_up()


async def test_when_the_node_of_a_link_falls_silent_and_ends_the_next_one_is_used(apart: Settings) -> None:
    with TcpProxy(port_of(apart.amqp_url)) as first, TcpProxy(port_of(apart.amqp_url)) as second:
        async with kept_up(through(apart, first.port, second.port)) as link:
            async with asyncio.timeout(SOON + CONNECT_SECONDS):
                await link.wait_up()
            before = await link.channel(confirms=True)
            first.black_hole()
            first.cut()
            async with asyncio.timeout(SOON + CONNECT_SECONDS):
                await eventually(lambda: before.is_closed)
                channel = await link.channel(confirms=True, seconds=SOON + CONNECT_SECONDS)
            assert not channel.is_closed


async def test_a_balancer_before_a_dead_node_takes_connections_and_closes_them_at_once(apart: Settings) -> None:
    with TcpProxy(closed_port()) as balancer:
        async with (
            kept_up(through(apart, balancer.port, balancer.port, port_of(apart.amqp_url))) as link,
            asyncio.timeout(SOON + CONNECT_SECONDS),
        ):
            await link.wait_up()


async def _forget(_: object) -> None:
    """For a consumer that never hears anything."""


async def declared(settings: Settings) -> int:
    """How many of the queues there are."""
    count = 0
    async with await aio_pika.connect(settings.amqp_url) as connection:
        for queue in QUEUES:
            channel = await connection.channel()
            with contextlib.suppress(aio_pika.exceptions.ChannelNotFoundEntity):
                await channel.get_queue(Names(settings.namespace).of(queue.name))
                count += 1
    return count


async def test_what_is_missing_is_declared_again_once_somebody_asks_for_it(apart: Settings) -> None:
    async with kept_up(apart) as link:
        await link.wait_up()
        channel = await link.channel(confirms=False)
        for queue in QUEUES[:3]:
            await channel.queue_delete(Names(apart.namespace).of(queue.name))
        assert await declared(apart) == len(QUEUES) - 3
        gone = await channel.get_queue(Names(apart.namespace).of(QUEUES[0].name), ensure=False)
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await gone.consume(_forget)
        await eventually(lambda: declared(apart), until=lambda found: found == len(QUEUES))


async def test_what_may_be_missing_is_asked_for_without_harm(apart: Settings) -> None:
    async with kept_up(apart) as link:
        await link.wait_up()
        channel = await link.channel(confirms=False, may_miss=True)
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await channel.get_queue("nobody.has.this")
        await asyncio.sleep(0)
        assert link.is_up


async def test_a_broker_that_lost_everything_has_it_declared_again(apart: Settings) -> None:
    with TcpProxy(port_of(apart.amqp_url)) as proxy:
        async with kept_up(through(apart, proxy.port)) as link:
            await link.wait_up()
            async with await aio_pika.connect(apart.amqp_url) as connection:
                channel = await connection.channel()
                for name in (*(queue.name for queue in QUEUES), DEAD):
                    await channel.queue_delete(Names(apart.namespace).of(name))
            proxy.cut()
            await eventually(lambda: declared(apart), until=lambda found: found == len(QUEUES))


async def test_a_link_that_comes_back_declares_nothing_anew(apart: Settings) -> None:
    """A cluster whose node died is asked by all processes at once, and each binding costs it milliseconds."""
    with TcpProxy(port_of(apart.amqp_url)) as proxy:
        async with kept_up(through(apart, proxy.port)) as link:
            await link.wait_up()
            before = await link.channel(confirms=False)
            await before.queue_delete(Names(apart.namespace).of(QUEUES[0].name))
            proxy.cut()
            await eventually(lambda: before.is_closed)
            async with asyncio.timeout(SOON + CONNECT_SECONDS):
                await link.channel(confirms=True, seconds=SOON + CONNECT_SECONDS)
            assert await declared(apart) == len(QUEUES) - 1
