"""What RabbitMQ 4 does otherwise than 3.10, each as a promise that holds on whatever broker is here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import aio_pika
import pytest

from deploy.local.broker import Broker, find_server
from deploy.local.broker_data import broker_version
from shared.bus.dead_letters import visit
from shared.bus.link import broker_call
from shared.bus.news import News
from shared.bus.topology import DELIVERY_LIMIT, LOG, Names
from shared.events import make
from shared.events.oncall import TeamFact
from shared.settings import Settings
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from tests.unit.comms.builders import user_changed

pytestmark = pytest.mark.integration

DENIED = ("global_qos", "queue_master_locator", "ram_node_type", "transient_nonexcl_queues")
"""What RabbitMQ 4 still takes and says that it will not."""
FIRST_THAT_DENIES = (4, 0)
NOW = datetime(2026, 11, 29, tzinfo=UTC)


class StrictBroker(Broker):
    """Refuses what a later version will not take any more, where this version can."""

    def prepare(self) -> None:
        super().prepare()
        if broker_version(find_server()) >= FIRST_THAT_DENIES:
            with (self.folder / "rabbitmq.conf").open("a") as file:
                file.writelines(f"deprecated_features.permit.{name} = false\n" for name in DENIED)


@pytest.fixture(scope="module")
def strict_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with StrictBroker(tmp_path_factory.mktemp("strict")) as broker:
        yield broker


async def look(harness: Harness) -> Sequence[str]:
    return [letter["reason"] for letter in await visit(harness.settings, replay=False, limit=10)]


async def test_dead_letters_outlast_any_number_of_looks(harness: Harness) -> None:
    """4 counts each return to any quorum queue, and drops at 20 what has no other place; 3.10 has no such limit."""
    await harness.connect()
    headers = {"x-tocsin-queue": "comms", "x-tocsin-reason": "Never: not this one", "x-tocsin-at": "2026-11-29T10:00"}
    event = user_changed("u1")
    await harness.publisher.with_headers("dead", event.type, event.encode(), headers, event.CONTENT_TYPE)
    await eventually(lambda: look(harness))
    for _ in range(2 * DELIVERY_LIMIT + 2):
        assert await look(harness) == ["Never: not this one"]
    (letter,) = await visit(harness.settings, replay=True, limit=10)
    assert (letter["queue"], letter["at"], letter["replayed"]) == ("comms", "2026-11-29T10:00", True)
    # `comms` is a queue of an earlier version: who has taken over its work is told by the key that the event came by
    channel = await harness._link.channel(confirms=False)
    taken = await (await channel.get_queue(Names(harness.settings.namespace).of("comms.people"))).get(no_ack=True)
    assert taken.body == event.encode()


async def test_a_message_that_ends_whoever_takes_it_is_buried_with_the_queue_that_it_came_from(
    harness: Harness,
) -> None:
    """3.10 has no limit of its own, 4 has 20: ours is said, so it is the same on both."""
    await harness.connect()
    await harness.publisher.to_queue("comms.tickets", b"deadly")
    taken = 0
    channel = await harness._link.channel(confirms=False)
    queue = await channel.get_queue(Names(harness.settings.namespace).of("comms.tickets"), ensure=False)
    while (message := await queue.get(fail=False)) is not None and taken <= 2 * DELIVERY_LIMIT:
        taken += 1
        async with broker_call(5):
            await message.nack(requeue=True)
    assert taken == DELIVERY_LIMIT + 1
    (letter,) = await eventually(
        lambda: visit(harness.settings, replay=False, limit=10), until=lambda found: len(found) == 1
    )
    assert (letter["queue"], letter["reason"]) == ("comms.tickets", "rejected by the broker")


async def test_the_stream_says_its_places_as_numbers_from_0_on(harness: Harness) -> None:
    """Who reads on where it stopped asks by them; a reader without a window of its own is refused by both."""
    events = [
        make("team.changed.v1", subject=f"t{n}", sequence=1, data=TeamFact(id=f"t{n}", name="T"), time=NOW)
        for n in range(3)
    ]
    await harness.make_log()
    await harness.publish(*events)
    places: list[object] = []

    async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        places.append((message.headers or {}).get("x-stream-offset"))

    channel = await harness._link.channel(confirms=False, prefetch=10)
    stream = await channel.get_queue(Names(harness.settings.namespace).of(LOG), ensure=False)
    await stream.consume(take, arguments={"x-stream-offset": "first"})
    await eventually(lambda: len(places), until=lambda found: found == len(events))
    assert places == [0, 1, 2]


async def test_nothing_that_a_later_broker_refuses_is_asked_for(apart: Settings, strict_broker: Broker) -> None:
    """Mirrored classic queues, queues that are neither durable nor exclusive, one window for several consumers."""
    harness = Harness(apart.model_copy(update={"amqp_url": strict_broker.url}))
    try:
        await harness.connect()
        news = News(harness._link, harness.settings.namespace, ["team.*.v1"])
        harness._spawn(news.run())
        await eventually(lambda: news.is_heard)
        await harness.publish(example("team.changed.v1"))
        await harness.event("team.changed.v1")
    finally:
        await harness.close()
