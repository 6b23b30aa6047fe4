"""Each capability takes in what is told by a queue of its own; what an upgrade finds in the old one is handled too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aio_pika
import pytest

from services.comms.app import build
from services.comms.delivery.delivery_state import Reason
from services.comms.incident_copies.store import IncidentCopies
from services.comms.paging.store.deliveries import Deliveries
from services.comms.tickets.store.projects import Places
from shared.bus.topology import EVENTS, RETIRED, Names
from shared.events import Event
from shared.events.oncall import PageFact
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.testing.mail_sink import MailSink
from shared.vocabulary import IncidentStatus
from tests.integration.comms.mail.test_letters import role_assigned
from tests.unit.comms.builders import incident_told, make_incident, make_page, page_requested, user_changed
from tests.unit.comms.tickets.builders import action_told, make_action, make_place

pytestmark = pytest.mark.integration

ANSWERED = incident_told(
    make_incident(status=IncidentStatus.ACKNOWLEDGED, answered=1), sequence=2, name="incident.acknowledged.v1"
)


@pytest.fixture
def mails() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture
async def stage(harness: Harness, mails: MailSink) -> Harness:
    harness.settings = harness.settings.model_copy(
        update={"smtp_url": mails.url, "mail_from": "Tocsin <tocsin@example.org>"}
    )
    await harness.connect()
    return harness


class Broker:
    """The broker as its administrator sees it."""

    def __init__(self, connection: aio_pika.abc.AbstractConnection, namespace: str) -> None:
        self._connection = connection
        self._of = Names(namespace).of

    async def make_old_queue(self, name: str) -> None:
        """As an earlier version did at each start."""
        (old,) = (one for one in RETIRED if one.name == name)
        channel = await self._connection.channel()
        queue = await channel.declare_queue(self._of(old.name), durable=True, arguments={"x-queue-type": "quorum"})
        for pattern in old.events:
            await queue.bind(self._of(EVENTS), routing_key=pattern)

    async def waiting(self, queue: str) -> int | None:
        """How many messages wait in a queue; None when there is no such queue."""
        channel = await self._connection.channel()
        try:
            found = await channel.get_queue(self._of(queue), ensure=True)
        except aio_pika.exceptions.ChannelNotFoundEntity:
            return None
        await channel.close()
        return found.declaration_result.message_count or 0


@pytest.fixture
async def broker(stage: Harness) -> AsyncIterator[Broker]:
    async with await aio_pika.connect(stage.settings.amqp_url) as connection:
        yield Broker(connection, stage.settings.namespace)


def a_page(page_id: str) -> PageFact:
    return make_page(page_id, address="sara@example.org")


async def reason_of(runtime: Runtime, page_id: str) -> Reason | None:
    found = await Deliveries(runtime).by_ids([page_id])
    return found[page_id].reason if page_id in found else None


async def test_what_waits_in_the_old_queue_is_handled_by_every_capability_and_then_the_queue_is_gone(
    stage: Harness, broker: Broker, mails: MailSink
) -> None:
    await broker.make_old_queue("comms")
    told: list[Event] = [
        ANSWERED,
        user_changed("sara", locale="fa"),
        role_assigned("sara"),
        action_told(make_action(id="act_1", assignee_id="sara")),
    ]
    for event in told:
        await stage.publisher.to_queue("comms", event.encode())
    await eventually(lambda: broker.waiting("comms"), until=lambda depth: depth == len(told))
    others = [await broker.waiting(f"comms.{name}") for name in ("incidents", "people", "notices", "tickets")]
    assert others == [0, 0, 0, 0], "only the old queue has them"

    def with_a_place(runtime: Runtime) -> None:
        build(runtime)
        runtime.on_start(lambda: put_place(runtime))

    runtime = await stage.start("comms", with_a_place)
    await eventually(lambda: broker.waiting("comms"), until=lambda depth: depth is None, seconds=45)
    assert await IncidentCopies(runtime).facts([ANSWERED.subject])
    await eventually(lambda: mails.to("sara@example.org"))
    assert await runtime.database.collection("tickets").find_one({"_id": "act_1"})
    await stage.publish(page_requested(a_page("late")))
    await eventually(lambda: reason_of(runtime, "late"), until=lambda reason: reason is Reason.ANSWERED)


async def test_what_waits_in_the_old_queue_of_rooms_is_taken_in_and_then_the_queue_is_gone(
    stage: Harness, broker: Broker
) -> None:
    await broker.make_old_queue("comms.war_rooms")
    await stage.publisher.to_queue("comms.war_rooms", ANSWERED.encode())
    assert await broker.waiting("comms.incidents") == 0, "only the old queue has it"
    runtime = await stage.start("comms", build)
    await eventually(lambda: broker.waiting("comms.war_rooms"), until=lambda depth: depth is None, seconds=45)
    assert await IncidentCopies(runtime).facts([ANSWERED.subject])


async def put_place(runtime: Runtime) -> None:
    assert await Places(runtime).commit(make_place())


async def test_an_answer_is_heard_of_while_very_many_actions_wait(stage: Harness, broker: Broker) -> None:
    """Whoever they are assigned to is not known here, which makes the way of tickets as slow as it can be."""
    actions = [action_told(make_action(id=f"act_{number}", assignee_id="nobody")) for number in range(1200)]
    for start in range(0, len(actions), 100):
        await stage.publisher.all_to_queue("comms.tickets", [event.encode() for event in actions[start : start + 100]])
    await stage.publish(ANSWERED)
    await eventually(lambda: broker.waiting("comms.tickets"), until=lambda depth: depth == len(actions))
    runtime = await stage.start("comms", build)
    copies = IncidentCopies(runtime)
    await eventually(lambda: copies.standings([ANSWERED.subject]))
    assert await broker.waiting("comms.tickets")
    await stage.publish(page_requested(a_page("p1")))
    await eventually(lambda: reason_of(runtime, "p1"), until=lambda reason: reason is Reason.ANSWERED)


async def test_a_notice_waits_for_news_of_its_reader(stage: Harness, mails: MailSink) -> None:
    await stage.start("comms", build)
    await stage.publish(role_assigned("sara"))
    await stage.publish(user_changed("sara", locale="fa"))
    (mail,) = await eventually(lambda: mails.to("sara@example.org"))
    assert "اکنون نقش" in mail.subject
