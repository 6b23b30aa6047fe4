"""What docs/operations.md says of a broker that is lost with all its messages: have the services ask again."""

from __future__ import annotations

import aio_pika
import pytest
from pymongo import AsyncMongoClient

from services.incident.app import build as build_incident
from services.oncall.app import build as build_oncall
from shared.bus.topology import QUEUES, Names
from shared.events.oncall import PageFact
from shared.settings import Settings
from shared.testing.harness import Harness

pytestmark = pytest.mark.integration


async def lose_messages(settings: Settings) -> None:
    """Every message that waits is gone, as in a broker that begins anew."""
    async with await aio_pika.connect(settings.amqp_url) as connection:
        channel = await connection.channel()
        for queue in QUEUES:
            await (await channel.get_queue(Names(settings.namespace).of(queue.name))).purge()


async def forget_having_asked(settings: Settings) -> None:
    """What the page has an operator do."""
    async with AsyncMongoClient[dict[str, object]](settings.mongo_url) as client:
        for name in await client.list_database_names():
            if name.startswith(f"{settings.namespace}_"):
                await client[name]["replays"].delete_many({})


async def test_an_incident_that_was_told_and_not_heard_pages_after_the_services_ask_again(harness: Harness) -> None:
    incident = await harness.start("incident", build_incident)
    oncall = await harness.start("oncall", build_oncall)
    people, incidents = harness.client(oncall), harness.client(incident)
    method = {"id": "mail", "channel": "email", "address": "sara@example.org"}
    mail = {"email": "sara@example.org"}
    rule = {"urgency": "high", "after_seconds": 0, "contact_method_id": "mail"}
    step = {"targets": [{"type": "user", "id": "sara"}], "timeout_seconds": 300}
    for client, path, body in (
        (
            people,
            "/users",
            {"id": "sara", "name": "Sara", **mail, "contact_methods": [method], "notification_rules": [rule]},
        ),
        (people, "/escalation-policies", {"id": "first", "name": "First", "steps": [step]}),
        (incidents, "/services", {"id": "payments", "name": "Payments", "escalation_policy_id": "first"}),
    ):
        answer = await client.post(path, json=body)
        assert answer.status_code == 201, answer.text

    await harness.stop(oncall)
    made = await incidents.post("/incidents", json={"title": "down", "severity": "critical", "service_id": "payments"})
    assert made.status_code == 201, made.text
    opened = await harness.event("incident.opened.v1")
    await lose_messages(harness.settings)
    await forget_having_asked(harness.settings)

    await harness.start("oncall", build_oncall)
    page = await harness.event("page.requested.v1")
    assert isinstance(page.data, PageFact)
    assert (page.data.incident.id, page.data.user.id) == (opened.subject, "sara")
