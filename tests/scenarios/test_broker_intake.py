"""Monitoring that speaks to RabbitMQ itself: the same alerts, the same incidents; what can't be taken is kept aside."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aio_pika
import pytest

from deploy.local import record
from deploy.local.stack import Stack
from shared.testing.harness import eventually
from tests.scenarios.world import World


class Broker:
    """The stack's own broker, as a monitoring tool sees it."""

    def __init__(self, channel: aio_pika.abc.AbstractChannel) -> None:
        self._channel = channel

    async def send(self, body: bytes, **headers: str) -> None:
        """Publish to the intake exchange under any routing key; `x_tocsin_key` is the header `x-tocsin-key`."""
        exchange = await self._channel.get_exchange("tocsin.alerts.in", ensure=False)
        named: dict[str, Any] = {name.replace("_", "-"): value for name, value in headers.items()}
        await exchange.publish(aio_pika.Message(body, headers=named, delivery_mode=2), "whatever")

    async def dead(self) -> int:
        """How many messages lie in the dead letters."""
        queue = await self._channel.declare_queue("tocsin.dead", passive=True)
        return queue.declaration_result.message_count or 0


@pytest.fixture
async def broker(stack: Stack) -> AsyncIterator[Broker]:
    started = record.read(stack.run_dir)
    assert started is not None
    async with await aio_pika.connect(started.environ["TOCSIN_AMQP_URL"]) as connection:
        yield Broker(await connection.channel())


async def test_an_alert_straight_from_rabbitmq_opens_an_incident_and_pages(world: World, broker: Broker) -> None:
    engineer, _, service = await world.on_call_team()
    key = (await world.integration())["key"]
    await broker.send(json.dumps(world.alert(service)).encode(), x_tocsin_key=key)
    page = await engineer.paged()
    assert page.json()["incident"]["service_id"] == service


async def test_an_alert_from_rabbitmq_under_a_wrong_key_goes_to_the_dead_letters(world: World, broker: Broker) -> None:
    service = await world.service()
    before = await broker.dead()
    await broker.send(json.dumps(world.alert(service)).encode(), x_tocsin_key="0" * 32)
    await _grows(broker, before)
    assert await world.incidents(service) == []


async def test_a_body_from_rabbitmq_that_nobody_can_read_goes_to_the_dead_letters(world: World, broker: Broker) -> None:
    key = (await world.integration())["key"]
    before = await broker.dead()
    await broker.send(b"{not json", x_tocsin_key=key)
    await _grows(broker, before)


async def _grows(broker: Broker, before: int) -> None:
    await eventually(broker.dead, seconds=20, until=lambda now: now > before)
