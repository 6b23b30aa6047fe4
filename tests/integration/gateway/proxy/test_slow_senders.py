"""Senders whose body trickles in: each has so long for it, and its request is refused then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from services.gateway.proxy.forwarder import BODY_SECONDS, SLOWEST_BYTES_PER_SECOND, Body, Request, forward, read_body
from services.gateway.proxy.upstream import connect_upstreams
from services.gateway.requests.routes import Service
from shared.problem import Problem
from tests.integration.gateway_upstream import Upstream

pytestmark = pytest.mark.integration

ANNOUNCED = 1_000_000


@pytest.fixture
async def ingest() -> AsyncIterator[Upstream]:
    one = await Upstream("ingest").start()
    yield one
    await one.stop()


async def drip() -> Message:
    await asyncio.sleep(0.05)
    return {"type": "http.request", "body": b"x", "more_body": True}


async def nobody(_message: Message) -> None:
    raise AssertionError("nothing was to be answered")


def begun(seconds_ago: float, first: bytes) -> Body:
    """A long body whose beginning has come."""
    return Body(drip, ANNOUNCED, [first], size=len(first), began=time.monotonic() - seconds_ago)


async def test_a_long_body_that_trickles_is_refused_while_it_streams_and_frees_its_connection(ingest: Upstream) -> None:
    upstream = connect_upstreams({"ingest": [ingest.url]})[Service.INGEST]
    first = b"x" * 300_000
    late = BODY_SECONDS + len(first) / SLOWEST_BYTES_PER_SECOND - 0.5
    request = Request("POST", b"/incidents/webhook", [(b"host", b"t")], begun(late, first))

    async with asyncio.timeout(10):
        with pytest.raises(Problem) as refused:
            await forward(upstream, request, nobody)

    assert (refused.value.status, refused.value.code) == (408, "body_timeout")
    async with asyncio.timeout(5):
        while not ingest.broken_off:  # noqa: ASYNC110 - a counter of the fake
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("size, more", [(0, 0.0), (SLOWEST_BYTES_PER_SECOND * 10, 10.0)], ids=["nothing", "some"])
def test_a_sender_has_time_for_what_it_sends(size: int, more: float) -> None:
    assert begun(5.0, b"x" * size).seconds_left == pytest.approx(BODY_SECONDS - 5 + more, abs=0.5)


async def test_a_short_body_that_trickles_is_refused_before_anybody_is_asked() -> None:
    began = time.monotonic()

    with pytest.raises(Problem) as refused:
        await read_body([(b"content-length", b"1000")], drip, seconds=1.0)

    assert refused.value.status == 408
    assert 1 <= time.monotonic() - began < 6
