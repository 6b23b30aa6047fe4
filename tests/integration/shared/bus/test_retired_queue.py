"""An old queue at an upgrade: nothing new comes into it, what waited in it is handled, and then it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractConnection

from shared.bus.consumer import Consumer, Delivery, read_event
from shared.bus.link import Link
from shared.bus.publisher import Publisher
from shared.bus.retired import RetiredQueue
from shared.bus.topology import EVENTS, Names, Queue
from shared.events import Event
from shared.settings import Settings
from shared.testing.harness import Harness, eventually
from tests.unit.comms.builders import user_erased

pytestmark = pytest.mark.integration

OLD = Queue("comms", ("user.*.v1", "team.*.v1"))


class Seen:
    """What was handled, and whether the database is away just now."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.is_away = False

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        if self.is_away:
            raise ConnectionError("away")
        self.subjects += [one.payload.subject for one in batch]


class Before:
    """A process of an earlier version, as far as the broker knows it."""

    def __init__(self, connection: AbstractConnection, channel: AbstractChannel, settings: Settings) -> None:
        self._connection = connection
        self.channel = channel
        self.of = Names(settings.namespace).of

    async def declare(self) -> None:
        queue = await self.channel.declare_queue(self.of(OLD.name), durable=True, arguments={"x-queue-type": "quorum"})
        for pattern in OLD.events:
            await queue.bind(self.of(EVENTS), routing_key=pattern)

    async def depth(self) -> int | None:
        """How many messages wait in the old queue; None when it is gone."""
        probe = await self._connection.channel()
        try:
            found = await probe.get_queue(self.of(OLD.name), ensure=True)
        except aio_pika.exceptions.ChannelNotFoundEntity:
            return None
        await probe.close()
        return found.declaration_result.message_count or 0


@pytest.fixture
async def before(harness: Harness) -> AsyncIterator[Before]:
    await harness.connect()
    async with await aio_pika.connect(harness.settings.amqp_url) as connection:
        yield Before(connection, await connection.channel(), harness.settings)


@asynccontextmanager
async def retiring(settings: Settings, seen: Seen) -> AsyncIterator[None]:
    link = Link(settings, "retire")
    running = asyncio.create_task(link.run())
    publisher = Publisher(link, settings)

    def make() -> Consumer[Event]:
        return Consumer(link, publisher, settings, OLD.name, handler=seen.handle, decode=read_event)

    retired = RetiredQueue(link, settings, OLD, make, again_seconds=0.2)
    emptying = asyncio.create_task(retired.run())
    try:
        yield
    finally:
        await retired.stop()
        await emptying
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await link.close()


async def test_what_waits_is_handled_and_then_the_queue_is_gone(harness: Harness, before: Before) -> None:
    await before.declare()
    await harness.publish(*(user_erased(f"u{number:03}") for number in range(300)))
    await eventually(before.depth, until=lambda depth: depth == 300)
    seen = Seen()
    async with retiring(harness.settings, seen):
        await eventually(before.depth, until=lambda depth: depth is None, seconds=30)
        assert sorted(seen.subjects) == [f"u{number:03}" for number in range(300)]
        await harness.publish(user_erased("later"))
    assert "later" not in seen.subjects


async def test_a_queue_that_was_never_there_is_none_of_anybodys_trouble(harness: Harness, before: Before) -> None:
    seen = Seen()
    async with retiring(harness.settings, seen):
        await asyncio.sleep(1)
    assert await before.depth() is None


async def test_what_an_earlier_process_has_in_hand_is_not_lost_with_the_queue(harness: Harness, before: Before) -> None:
    await before.declare()
    await harness.publish(user_erased("held"))
    queue = await before.channel.get_queue(before.of(OLD.name))
    held: list[str] = []

    async def hold(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        held.append(message.message_id or "")

    await queue.consume(hold)
    await eventually(lambda: held)
    seen = Seen()
    async with retiring(harness.settings, seen):
        await asyncio.sleep(4)  # the time in which an idle queue would have been removed
        assert await before.depth() == 0
        await harness.publish(user_erased("new"))
        await before.channel.close()
        await eventually(before.depth, until=lambda depth: depth is None, seconds=30)
    assert seen.subjects == ["held"], "nothing new comes into it"


async def test_a_queue_that_an_earlier_process_makes_anew_is_emptied_again(harness: Harness, before: Before) -> None:
    seen = Seen()
    for subject in ("first", "second"):
        await before.declare()
        await harness.publish(user_erased(subject))
    async with retiring(harness.settings, seen):
        await eventually(before.depth, until=lambda depth: depth is None, seconds=30)
        await before.declare()
        await harness.publish(user_erased("third"))
        await eventually(before.depth, until=lambda depth: depth is None, seconds=30)
    assert seen.subjects == ["first", "second", "third"]


async def test_while_the_database_is_away_what_waits_stays_in_one_hand(harness: Harness, before: Before) -> None:
    await before.declare()
    await harness.publish(user_erased("patient"))
    seen = Seen()
    seen.is_away = True
    async with retiring(harness.settings, seen):
        await asyncio.sleep(4)
        assert seen.subjects == []
        assert await before.depth() == 0, "it is neither put back nor removed"
        seen.is_away = False
        await eventually(before.depth, until=lambda depth: depth is None, seconds=30)
    assert seen.subjects == ["patient"]
