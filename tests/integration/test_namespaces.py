"""A namespace whose queues are kept for the next test: nothing of the test before is left in it."""

from __future__ import annotations

from typing import Any

import aio_pika
import pytest

from services.automation.app import build
from shared.bus.link import broker_call
from shared.bus.topology import DEAD, DEAD_NEWS, LOG, QUEUES, Names
from shared.settings import Settings
from shared.testing.harness import Harness, eventually
from shared.testing.namespaces import Namespaces
from tests.unit.comms.builders import user_changed, user_erased

pytestmark = pytest.mark.integration

NAMES = [*(queue.name for queue in QUEUES), DEAD, DEAD_NEWS, LOG]


async def waiting(harness: Harness) -> dict[str, int]:
    """How many messages wait in each queue that is not empty."""
    channel = await harness._link.channel(confirms=False)
    of = Names(harness.settings.namespace).of
    async with broker_call(30):
        found = {name: (await channel.get_queue(of(name))).declaration_result.message_count or 0 for name in NAMES}
        await channel.close()
    return {name: depth for name, depth in found.items() if depth}


async def leave_much(harness: Harness) -> None:
    """Messages that wait, one in hand, one that was rejected, and a document."""
    await harness.make_log()
    runtime = await harness.start("automation", build)
    await runtime.database.collection("services").insert_one({"_id": "left"})
    await harness.publish(*(user_changed(f"u{number}") for number in range(3)), user_erased("u1"))
    channel = await harness._link.channel(confirms=False, prefetch=2)
    queue = await channel.get_queue(Names(harness.settings.namespace).of("comms.people"))
    in_hand: list[Any] = []

    async def take(message: Any) -> None:
        in_hand.append(message)

    await queue.consume(take)
    await eventually(lambda: len(in_hand) == 2)
    await in_hand[0].reject(requeue=False)
    await eventually(lambda: waiting(harness), until=lambda found: {"gateway", DEAD, DEAD_NEWS} <= found.keys())


async def test_what_a_test_left_is_not_there_for_the_next(parts: Settings) -> None:
    namespaces = Namespaces(resting=1)
    async with namespaces.harness(parts) as before:
        await leave_much(before)
    async with namespaces.harness(parts) as after:
        assert after.settings.namespace == before.settings.namespace
        await after.make_log()
        assert await waiting(after) == {}
        await after.publish(user_changed("new"))
        await after.event("user.changed.v1")
        assert [event.subject for event in after.events] == ["new"]
        runtime = await after.start("automation", build)
        assert await runtime.database.collection("services").find_one({}) is None


async def test_a_namespace_whose_queues_a_test_removed_is_not_used_again(parts: Settings) -> None:
    namespaces = Namespaces(resting=1)
    async with namespaces.harness(parts) as before:
        await before.connect()
        channel = await before._link.channel(confirms=False)
        await channel.queue_delete(Names(before.settings.namespace).of(QUEUES[0].name))
    async with namespaces.harness(parts) as after:
        assert after.settings.namespace != before.settings.namespace
        await after.make_log()
        assert await waiting(after) == {}


async def test_what_was_kept_is_removed_from_a_broker_that_stays(parts: Settings) -> None:
    namespaces = Namespaces()
    async with namespaces.harness(parts) as before:
        await before.connect()
    await namespaces.remove(parts)
    async with await aio_pika.connect(parts.amqp_url) as connection:
        channel = await connection.channel()
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await channel.get_queue(Names(before.settings.namespace).of(QUEUES[0].name), ensure=True)
