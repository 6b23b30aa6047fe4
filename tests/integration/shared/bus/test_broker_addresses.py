"""A cluster's nodes are tried in turn: one that is gone, or silent, keeps nobody from the next."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import pytest

from shared.bus.link import CONNECT_SECONDS, Link
from shared.settings import Settings
from shared.testing.harness import eventually
from shared.testing.tcp_proxy import TcpProxy

pytestmark = pytest.mark.integration

SOON = 2.0


def through(settings: Settings, *ports: int) -> Settings:
    """The same broker at these ports of loopback, in this order."""
    address = urlsplit(settings.amqp_url)
    who = f"{address.username}:{address.password}@127.0.0.1"
    urls = [urlunsplit(address._replace(netloc=f"{who}:{port}")) for port in ports]
    return settings.model_copy(update={"amqp_url": ",".join(urls)})


def port_of(settings: Settings) -> int:
    return urlsplit(settings.amqp_url).port or 0


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
    async with kept_up(through(apart, *nobody, port_of(apart))) as link, asyncio.timeout(SOON + CONNECT_SECONDS):
        await link.wait_up()


async def test_when_the_node_of_a_link_falls_silent_and_ends_the_next_one_is_used(apart: Settings) -> None:
    with TcpProxy(port_of(apart)) as first, TcpProxy(port_of(apart)) as second:
        async with kept_up(through(apart, first.port, second.port)) as link:
            async with asyncio.timeout(SOON + CONNECT_SECONDS):
                await link.wait_up()
            first.black_hole()
            first.cut()
            async with asyncio.timeout(SOON + CONNECT_SECONDS):
                await eventually(lambda: not link.is_up)
                channel = await link.channel(confirms=True, seconds=SOON + CONNECT_SECONDS)
            assert not channel.is_closed
