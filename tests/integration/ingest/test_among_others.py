"""Ingest among others: groups and incidents, the raw queue, replicas, death, a broker that refuses."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import os
import secrets
import socket
import sys
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from services.ingest.incident_copies.store import GroupIncident, Incidents
from services.ingest.intake.accept import WIDE
from services.ingest.intake.amqp import KEY_HEADER, SOURCE_HEADER
from services.ingest.intake.reading_room import SMALL
from services.ingest.intake.weight import weight
from shared.bus.dead_letters import visit
from shared.bus.topology import ALERTS_IN, FIRST
from shared.callers.identity import HEADER
from shared.callers.identity_tokens import IdentitySigner
from shared.events import Event, make, read
from shared.events.alerts import AlertFact
from shared.events.control import KeyFact, ReplayRequest
from shared.runtime import Runtime
from shared.testing.harness import ADMIN, Harness, eventually
from shared.vocabulary import IncidentStatus, Role
from tests.integration.ingest_stage import (
    WEBHOOK,
    alert,
    incident_told,
    listed,
    now,
    service_changed,
    status_of,
    told,
)

pytestmark = pytest.mark.integration


@pytest.fixture
async def ingest(harness: Harness) -> Runtime:
    return await harness.start("ingest", build)


@pytest.fixture
async def client(harness: Harness, ingest: Runtime) -> httpx2.AsyncClient:
    return harness.client(ingest)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def is_ready(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx2.HTTPError:
        return False


def key_changed(text: str, **fields: Any) -> Event:
    fact = KeyFact(
        id=f"key-{text[:6]}",
        name="k",
        digest=hashlib.sha256(text.encode()).hexdigest(),
        **{"role": Role.INTEGRATION, "integration_id": "int1", "integration_service_id": "orders", **fields},
    )
    return make("key.changed.v1", subject=fact.id, sequence=1, time=now(), data=fact)


async def test_alerts_of_one_service_share_a_group_until_its_incident_is_over(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    async def opened(key: str, **fields: Any) -> AlertFact:
        await client.post(WEBHOOK, json=alert(dedup_key=key, **fields))
        await eventually(lambda: told(harness, "alert.opened.v1", key))
        return told(harness, "alert.opened.v1", key)[0]

    one, two, other = await opened("a"), await opened("b"), await opened("c", service="orders")
    assert one.group_id == two.group_id != other.group_id

    await harness.publish(incident_told("opened", one.group_id, IncidentStatus.TRIGGERED, 1))
    items = await eventually(
        lambda: listed(client, "?service=payments"), until=lambda items: items[0]["incident_id"] is not None
    )
    assert {item["incident_id"] for item in items} == {"INC-20261121-0001"}

    resolved = incident_told(
        "resolved", one.group_id, IncidentStatus.RESOLVED, 2, resolved_at=now(), resolved_by="sara"
    )
    await harness.publish(resolved)
    await eventually(lambda: told(harness, "alert.resolved.v1", "a") and told(harness, "alert.resolved.v1", "b"))
    assert (await opened("d")).group_id != one.group_id
    assert await status_of(client, "c") == "firing"


async def test_an_incident_that_ended_by_itself_ends_no_alert(harness: Harness, client: httpx2.AsyncClient) -> None:
    await client.post(WEBHOOK, json=alert(dedup_key="a"))
    opened = await harness.event("alert.opened.v1")
    assert isinstance(opened.data, AlertFact)
    group = opened.data.group_id
    await harness.publish(
        incident_told("resolved", group, IncidentStatus.RESOLVED, 2, resolved_at=now(), resolved_by="auto")
    )
    await harness.publish(service_changed("mark"))
    await client.post(WEBHOOK, json=alert(dedup_key="b"))
    await eventually(lambda: told(harness, "alert.opened.v1", "b"))

    assert await status_of(client, "a") == "firing"


async def test_any_order_and_repetition_of_incident_facts_ends_in_the_same_incident_of_a_group(
    ingest: Runtime,
) -> None:
    incidents = Incidents(ingest)
    began = now()
    orders = list(itertools.permutations(range(4)))
    for number, order in enumerate(orders):
        group, first, second = f"g{number}", f"INC-1-{number}", f"INC-2-{number}"
        told = [
            incident_told("opened", group, IncidentStatus.TRIGGERED, 1, id=first, created_at=began),
            incident_told("resolved", group, IncidentStatus.RESOLVED, 2, id=first, created_at=began),
            incident_told("opened", group, IncidentStatus.TRIGGERED, 1, id=second, created_at=now()),
            incident_told("acknowledged", group, IncidentStatus.ACKNOWLEDGED, 2, id=second, created_at=now()),
        ]
        for index in (*order, order[0]):
            await incidents.learn([told[index]])

    found = await incidents.of_groups(f"g{number}" for number in range(len(orders)))

    assert found == {f"g{number}": GroupIncident(f"INC-2-{number}", False) for number in range(len(orders))}


async def test_the_first_alert_of_a_group_goes_ahead(harness: Harness, client: httpx2.AsyncClient) -> None:
    keys: list[str] = []
    channel = await harness._link.channel(confirms=False)
    queue = await channel.declare_queue(exclusive=True)
    await queue.bind(f"{harness.settings.namespace}.events", routing_key="alert.#")

    async def note(message: Any) -> None:
        keys.append(message.routing_key)

    await queue.consume(note, no_ack=True)

    await client.post(WEBHOOK, json=[alert(dedup_key=key) for key in "abc"])
    await eventually(lambda: len(keys) == 3)

    assert sorted(keys) == ["alert.opened.v1", "alert.opened.v1", "alert.opened.v1" + FIRST]


async def test_monitoring_may_publish_straight_to_the_broker(harness: Harness, ingest: Runtime) -> None:
    key = secrets.token_hex(16)
    await harness.publish(key_changed(key))

    await harness.publisher.with_headers(
        ALERTS_IN, "any.key", b'{"title": "raw", "dedup_key": "r"}', {KEY_HEADER: key}, "application/json"
    )
    await eventually(lambda: told(harness, "alert.opened.v1", "r"))

    (fact,) = told(harness, "alert.opened.v1", "r")
    assert (fact.integration_id, fact.service_id) == ("int1", "orders")


async def test_heavy_messages_are_read_one_by_one_and_each_once(harness: Harness, ingest: Runtime) -> None:
    key = secrets.token_hex(16)
    await harness.publish(key_changed(key))
    heavy = "not, " * 20_000  # what it would weigh if each comma were one of a list
    assert 8 * weight([heavy.encode()]) > SMALL

    for number in range(20):
        body = json.dumps({"dedup_key": f"r{number}", "description": heavy}).encode()
        await harness.publisher.with_headers(ALERTS_IN, "", body, {KEY_HEADER: key}, "application/json")

    keys = [f"r{number}" for number in range(20)]
    await eventually(lambda: all(told(harness, "alert.opened.v1", one) for one in keys), seconds=20)
    assert [fact.count for one in keys for fact in told(harness, "alert.opened.v1", one)] == [1] * 20


@pytest.mark.parametrize(
    "changes, message, reason",
    [
        (None, (b"{}", None), "nobody knows it"),
        ({"revoked": True}, (b"{}", None), "revoked"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, (b"{}", None), "expired"),
        ({"role": Role.VIEWER}, (b"{}", None), "may not send"),
        ({}, (b"{not json", None), "malformed"),
        ({}, (b"{}", "nagios2000"), "unknown_source"),
    ],
    ids=["unknown", "revoked", "expired", "viewer", "malformed", "unknown source"],
)
async def test_a_raw_message_with_a_bad_key_or_body_goes_to_the_dead_letters_alone(
    harness: Harness, ingest: Runtime, changes: dict[str, Any] | None, message: tuple[bytes, str | None], reason: str
) -> None:
    good, key = secrets.token_hex(16), secrets.token_hex(16)
    body, source = message
    await harness.publish(key_changed(good), *([] if changes is None else [key_changed(key, **changes)]))
    headers = {KEY_HEADER: key} | ({SOURCE_HEADER: source} if source else {})

    await harness.publisher.with_headers(ALERTS_IN, "", body, headers, "application/json")
    await harness.publisher.with_headers(ALERTS_IN, "", b'{"dedup_key": "g"}', {KEY_HEADER: good}, "application/json")
    await eventually(lambda: told(harness, "alert.opened.v1", "g"), seconds=20)

    letters = await eventually(lambda: visit(harness.settings, replay=False, limit=10), seconds=20)
    assert len(letters) == 1
    assert reason in letters[0]["reason"]
    assert key not in str(letters)


async def test_two_replicas_share_the_work_and_lose_nothing(harness: Harness, ingest: Runtime) -> None:
    second = await harness.start("ingest", build, instance="ingest.2")
    clients = [harness.client(ingest), harness.client(second)]

    async def send(number: int) -> None:
        body = [alert(dedup_key=f"k{number % 40}-{n}", service=f"s{n % 3}") for n in range(10)]
        assert (await clients[number % 2].post(WEBHOOK, json=body)).status_code == 202

    await asyncio.gather(*(send(number) for number in range(80)))
    opened = await eventually(
        lambda: [event for event in harness.events if event.type == "alert.opened.v1"],
        until=lambda events: len({event.subject for event in events}) >= 400,
        seconds=60,
    )

    assert len({event.subject for event in opened}) == 400
    groups = {fact.group_id for fact in (event.data for event in opened) if isinstance(fact, AlertFact)}
    assert len(groups) == 3


async def test_an_alert_in_hand_when_the_process_is_killed_is_not_lost(harness: Harness) -> None:
    await harness.connect()
    port = free_port()
    settings = harness.settings
    environment = os.environ | {
        "TOCSIN_AMQP_URL": settings.amqp_url,
        "TOCSIN_MONGO_URL": settings.mongo_url,
        "TOCSIN_NAMESPACE": settings.namespace,
        "TOCSIN_SECRET_KEY": settings.secret_key,
        "TOCSIN_IDENTITY_PUBLIC_KEYS": ",".join(settings.identity_readers),
        "TOCSIN_SERVICE_PORT": str(port),
    }
    token = IdentitySigner(settings.identity_key).sign(ADMIN, "ingest", now())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.ingest.app", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={HEADER: token}) as sender:
            await eventually(lambda: is_ready(sender), seconds=40)
            answer = await sender.post(WEBHOOK, json=[alert(dedup_key=f"k{n}") for n in range(200)])
    finally:
        process.kill()
        await process.wait()
    assert answer.status_code == 202

    client = harness.client(await harness.start("ingest", build))
    await eventually(lambda: listed(client, "?limit=200"), until=lambda items: len(items) == 200, seconds=30)
    await eventually(
        lambda: {event.subject for event in harness.events if event.type == "alert.opened.v1"},
        until=lambda subjects: len(subjects) == 200,
        seconds=30,
    )


async def test_who_asks_for_the_facts_again_hears_every_open_alert(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    await client.post(WEBHOOK, json=[alert(dedup_key="a"), alert(dedup_key="b")])
    await eventually(lambda: told(harness, "alert.opened.v1", "a") and told(harness, "alert.opened.v1", "b"))

    request = ReplayRequest(types=["alert.opened.v1"], reply_to="automation")
    await harness.publish(make("replay.requested.v1", subject="asker", sequence=1, time=now(), data=request))
    channel = await harness._link.channel(confirms=False)
    queue = await channel.get_queue(f"{harness.settings.namespace}.automation", ensure=False)
    heard: list[AlertFact] = []
    while len(heard) < 2:
        message = await eventually(lambda: queue.get(no_ack=True, fail=False))
        assert message is not None
        event = read(message.body)
        if isinstance(event.data, AlertFact):
            heard.append(event.data)

    assert sorted(fact.dedup_key for fact in heard) == ["a", "b"]


async def test_when_the_broker_does_not_take_the_alerts_the_answer_is_503_and_nothing_is_half_done(
    harness: Harness, ingest: Runtime
) -> None:
    client = harness.client(ingest)
    channel = await harness._link.channel(confirms=False)
    await channel.queue_delete(f"{harness.settings.namespace}.{WIDE}")

    answer = await client.post(WEBHOOK, json=[alert(dedup_key="a"), alert(dedup_key="b")])

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    await asyncio.sleep(0.3)
    assert await listed(client) == []
