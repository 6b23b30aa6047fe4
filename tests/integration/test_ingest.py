"""Ingest on a real broker and database: what a sender posts becomes alerts, events and lists."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import secrets
import socket
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from services.ingest.door import WIDE
from services.ingest.raw import KEY_HEADER, SOURCE_HEADER
from services.ingest.store.groups import GroupIncident, Groups
from services.ingest.store.lists import Listing, Lists, archive_walks, newest, walks
from shared.bus.dead_letters import visit
from shared.bus.topology import ALERTS_IN, FIRST
from shared.events import Event, make, read
from shared.events.alerts import AlertFact
from shared.events.control import KeyFact, ReplayRequest
from shared.events.incidents import IncidentFact, ServiceFact
from shared.identity import HEADER, Identity, IdentityTokens
from shared.runtime import Runtime
from shared.testing.harness import ADMIN, Harness, eventually
from shared.vocabulary import AlertStatus, Category, IncidentStatus, Priority, Role, Severity, Urgency

pytestmark = pytest.mark.integration

VIEWER = Identity(key_id="viewer", name="viewer", role=Role.VIEWER)
WEBHOOK = "/incidents/webhook"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def ingest(harness: Harness) -> Runtime:
    return await harness.start("ingest", build)


@pytest.fixture
async def client(harness: Harness, ingest: Runtime) -> httpx2.AsyncClient:
    return harness.client(ingest)


def alert(**fields: Any) -> dict[str, Any]:
    return {"title": "disk is full", "severity": "high", "service": "payments", "source": "check", **fields}


def alertmanager(*alerts: tuple[str, str, datetime]) -> dict[str, Any]:
    return {
        "version": "4",
        "receiver": "tocsin",
        "groupLabels": {},
        "alerts": [
            {
                "status": status,
                "fingerprint": fingerprint,
                "labels": {"alertname": "Down", "service": "payments", "severity": "critical", "host": fingerprint},
                "annotations": {"summary": f"{fingerprint} is down"},
                "startsAt": starts_at.isoformat(),
                "endsAt": now().isoformat() if status == "resolved" else "0001-01-01T00:00:00Z",
            }
            for status, fingerprint, starts_at in alerts
        ],
    }


def service_changed(id: str, name: str | None = None, sequence: int = 1, **fields: Any) -> Event:
    fact = ServiceFact(id=id, name=name or id, **fields)
    return make("service.changed.v1", subject=id, sequence=sequence, time=now(), data=fact)


def incident_told(kind: str, group_id: str, status: IncidentStatus, sequence: int, **fields: Any) -> Event:
    fact = IncidentFact(
        id=fields.pop("id", "INC-20261121-0001"),
        title="disk is full",
        status=status,
        severity=Severity.HIGH,
        priority=Priority.HIGH,
        category=Category.FAILURE,
        urgency=Urgency.HIGH,
        group_id=group_id,
        created_at=fields.pop("created_at", now()),
        **fields,
    )
    return make(f"incident.{kind}.v1", subject=fact.id, sequence=sequence, time=now(), data=fact)


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


async def listed(client: httpx2.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/alerts{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def status_of(client: httpx2.AsyncClient, key: str) -> str | None:
    return next((one["status"] for one in await listed(client) if one["dedup_key"] == key), None)


def told(harness: Harness, name: str, key: str) -> list[AlertFact]:
    facts = [event.data for event in harness.events if event.type == name]
    return [fact for fact in facts if isinstance(fact, AlertFact) and fact.dedup_key == key]


async def test_an_alert_is_accepted_opened_acknowledged_and_resolved(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    answer = await client.post(WEBHOOK, json=alert(dedup_key="err-1", severity="critical"))

    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": 1,
        "alerts": [{"dedup_key": "err-1", "status": "firing", "service": "payments"}],
    }
    opened = await harness.event("alert.opened.v1")
    assert isinstance(opened.data, AlertFact)
    assert (opened.data.severity, opened.data.service_claim, opened.sequence) == (Severity.CRITICAL, "payments", 1)
    assert opened.correlationid == answer.headers["x-request-id"]

    await client.post(WEBHOOK, json=alert(dedup_key="err-1", status="acknowledged"))
    updated = await harness.event("alert.updated.v1")
    await client.post(WEBHOOK, json=alert(dedup_key="err-1", status="resolved"))
    resolved = await harness.event("alert.resolved.v1")

    assert isinstance(updated.data, AlertFact)
    assert updated.data.status is AlertStatus.ACKNOWLEDGED
    assert isinstance(resolved.data, AlertFact)
    assert (resolved.subject, resolved.data.severity, resolved.sequence) == (opened.subject, Severity.CRITICAL, 3)
    one = (await client.get(f"/alerts/{opened.subject}")).json()
    assert (one["status"], one["title"], one["count"]) == ("resolved", "disk is full", 1)


async def test_a_mixed_alertmanager_payload_is_judged_alert_by_alert(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    began = now() - timedelta(minutes=2)
    await client.post(WEBHOOK, json=alertmanager(("firing", "a", began), ("firing", "b", began)))
    await harness.event("alert.opened.v1", lambda event: event.data.dedup_key == "b")  # type: ignore[attr-defined]

    await client.post(WEBHOOK, json=alertmanager(("firing", "a", began), ("resolved", "b", began)))
    await eventually(lambda: told(harness, "alert.resolved.v1", "b"))

    assert {one["dedup_key"]: one["status"] for one in await listed(client)} == {"a": "firing", "b": "resolved"}


async def test_a_repeated_firing_of_a_resolved_start_is_nothing_and_a_later_start_opens_anew(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    began, again = now() - timedelta(minutes=9), now() - timedelta(minutes=1)
    await client.post(WEBHOOK, json=alertmanager(("firing", "a", began)))
    await eventually(lambda: told(harness, "alert.opened.v1", "a"))
    await client.post(WEBHOOK, json=alertmanager(("resolved", "a", began)))
    await client.post(WEBHOOK, json=alertmanager(("firing", "a", began)))
    await eventually(lambda: told(harness, "alert.resolved.v1", "a"))
    await client.post(WEBHOOK, json=alertmanager(("firing", "a", again)))
    await eventually(lambda: len(told(harness, "alert.opened.v1", "a")) == 2)

    first, second = told(harness, "alert.opened.v1", "a")
    assert first.id != second.id
    items = await eventually(lambda: listed(client), until=lambda items: len(items) == 2)
    assert [one["status"] for one in items] == ["firing", "resolved"]
    assert [one["id"] for one in items] == [second.id, first.id]
    assert (await client.get(f"/alerts/{first.id}")).json()["status"] == "resolved"


async def test_a_repeat_is_counted_but_not_told(harness: Harness, client: httpx2.AsyncClient, ingest: Runtime) -> None:
    for _ in range(5):
        await client.post(WEBHOOK, json=alert(dedup_key="k"))
    await eventually(lambda: listed(client), until=lambda items: bool(items) and items[0]["count"] >= 2)

    await harness.stop(ingest)
    again = await harness.start("ingest", build)

    assert (await listed(harness.client(again)))[0]["count"] == 5
    assert len([event for event in harness.events if event.type.startswith("alert.")]) == 1


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
    groups = Groups(ingest)
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
            await groups.learn([told[index]])

    found = await groups.incidents_of(f"g{number}" for number in range(len(orders)))

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


async def test_the_service_is_found_by_id_name_key_and_labels(harness: Harness, client: httpx2.AsyncClient) -> None:
    await harness.publish(
        service_changed("payments", "Payment desk"),
        service_changed("shop", match_labels={"team": "shop"}),
    )

    async def answered(**fields: Any) -> str:
        answer = await client.post(WEBHOOK, json={"title": "x", **fields})
        service: str = answer.json()["alerts"][0]["service"]
        return service

    await eventually(lambda: answered(labels={"team": "shop"}), until=lambda service: service == "shop")
    assert await answered(service="PAYMENT DESK") == "payments"
    assert await answered(service="nobody knows") == "nobody knows"
    assert await answered() == "unrouted"


async def test_keys_are_scoped_by_the_callers_integration(harness: Harness, ingest: Runtime) -> None:
    for number in (1, 2):
        identity = Identity(
            key_id=f"key{number}",
            name="n",
            role=Role.INTEGRATION,
            integration_id=f"int{number}",
            integration_kind="generic",
            integration_service_id="orders",
        )
        answer = await harness.client(ingest, identity).post(WEBHOOK, json={"title": "x", "dedup_key": "same"})
        assert answer.json()["alerts"][0]["service"] == "orders"

    await eventually(lambda: len(told(harness, "alert.opened.v1", "same")) == 2)


@pytest.mark.parametrize(
    "body, status, pointer",
    [
        (b"{not json", 400, ""),
        (b'"text"', 400, ""),
        (b'[{"title": "a"}, 7]', 400, "/1"),
        (b'{"receiver": "x", "groupLabels": {}}', 400, "/alerts"),
        (b"[" * 10_000, 400, ""),
    ],
)
async def test_an_unreadable_body_is_refused_with_its_pointer_and_kept(
    client: httpx2.AsyncClient, body: bytes, status: int, pointer: str
) -> None:
    answer = await client.post(WEBHOOK, content=body, headers={"content-type": "application/json"})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]

    async def kept() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await client.get("/alerts/malformed")).json()["items"]
        return items

    (one,) = await eventually(kept)
    assert (one["body"].encode(), one["pointer"], one["key_id"]) == (body[: 16 * 1024], pointer, "test")
    assert await listed(client) == []


async def test_an_unknown_source_and_a_body_that_is_too_large_are_refused(client: httpx2.AsyncClient) -> None:
    unknown = await client.post(f"{WEBHOOK}?source=nagios2000", json=alert())
    large = await client.post(WEBHOOK, content=b" " * (11 * 1024 * 1024))

    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_source")
    assert "nagios2000" in unknown.json()["detail"]
    assert large.status_code == 413


@pytest.mark.parametrize(
    "odd",
    [
        {"title": "a\x00b", "labels": {"x\x00": "y\x00", "a.b": "c", "$d": "e"}},
        {"labels": {f"l{n}": n for n in range(10_000)}},
        {"title": "t" * 100_000, "description": "d" * 100_000, "dedup_key": "k" * 10_000},
        {"starts_at": "2100-01-01T00:00:00Z"},
        {"starts_at": "1999-01-01T00:00:00Z"},
        {"severity": 7, "status": [], "category": {}, "service": 3, "labels": [], "links": "x", "starts_at": {}},
    ],
    ids=["NUL and dots", "10 000 labels", "long text", "future", "past", "wrong types"],
)
async def test_whatever_an_alert_says_it_is_accepted_mended_and_noted(
    harness: Harness, client: httpx2.AsyncClient, odd: dict[str, Any]
) -> None:
    answer = await client.post(WEBHOOK, json={"title": "x", "severity": "high", **odd})

    assert answer.status_code == 202
    opened = await harness.event("alert.opened.v1")
    assert isinstance(opened.data, AlertFact)
    assert opened.data.mended
    assert len(opened.data.labels) <= 64
    items = await eventually(lambda: listed(client))
    assert items[0]["mended"] == opened.data.mended


async def test_a_lone_surrogate_breaks_nothing(harness: Harness, client: httpx2.AsyncClient) -> None:
    answer = await client.post(WEBHOOK, content=b'{"title": "a \\ud800", "labels": {"\\udfff": "b\xff"}}')

    assert answer.status_code == 202
    await harness.event("alert.opened.v1")


async def test_a_list_is_paged_filtered_and_newest_first(harness: Harness, client: httpx2.AsyncClient) -> None:
    await client.post(WEBHOOK, json=[alert(dedup_key=f"k{n}", service="ab"[n % 2]) for n in range(10)])
    await client.post(WEBHOOK, json=alert(dedup_key="k3", service="b", status="resolved"))
    await eventually(lambda: told(harness, "alert.resolved.v1", "k3"))

    seen: list[str] = []
    cursor = ""
    while True:
        page = (await client.get(f"/alerts?limit=3{cursor}")).json()
        seen += [item["dedup_key"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == [f"k{n}" for n in reversed(range(10))]
    assert [one["dedup_key"] for one in await listed(client, "?service=b&status=resolved")] == ["k3"]
    assert len(await listed(client, "?service=a&source=check")) == 5
    assert await listed(client, "?source=other") == []
    assert (await client.get("/alerts?cursor=x")).status_code == 400
    assert (await client.get("/alerts/unknown")).status_code == 404


async def test_a_key_limited_to_teams_sees_the_alerts_of_its_services(
    harness: Harness, ingest: Runtime, client: httpx2.AsyncClient
) -> None:
    await harness.publish(service_changed("payments", team="pay"), service_changed("orders", team="shop"))
    await client.post(WEBHOOK, json=[alert(dedup_key="p"), alert(dedup_key="o", service="orders"), {"title": "u"}])
    limited = harness.client(ingest, Identity(key_id="k", name="k", role=Role.VIEWER, teams=("pay",)))

    await eventually(lambda: listed(client), until=lambda items: len(items) == 3)
    items = await eventually(lambda: listed(limited))

    assert [one["dedup_key"] for one in items] == ["p"]
    assert await listed(limited, "?service=orders") == []


async def test_every_list_walks_an_index(ingest: Runtime, client: httpx2.AsyncClient) -> None:
    lists = Lists(ingest)
    for listing in (
        Listing(),
        Listing(services=("a",)),
        Listing(services=("a", "b"), before="f"),
        Listing(status=AlertStatus.FIRING),
        Listing(source="check"),
        Listing(services=("a",), source="check", status=AlertStatus.RESOLVED, before="f"),
    ):
        asked = [(lists.heads, walk) for walk in walks(listing)]
        asked += [(lists.archive, walk) for walk in archive_walks(listing)]
        for collection, walk in asked:
            assert "IXSCAN" in str(await newest(collection, walk, 10).explain()), walk


async def test_a_viewer_may_look_but_not_send(harness: Harness, ingest: Runtime) -> None:
    viewer = harness.client(ingest, VIEWER)

    assert (await viewer.post(WEBHOOK, json=alert())).status_code == 403
    assert (await viewer.get("/alerts")).status_code == 200
    assert (await viewer.get("/alerts/malformed")).status_code == 403


def key_changed(text: str, **fields: Any) -> Event:
    fact = KeyFact(
        id=f"key-{text[:6]}",
        name="k",
        digest=hashlib.sha256(text.encode()).hexdigest(),
        **{"role": Role.INTEGRATION, "integration_id": "int1", "integration_service_id": "orders", **fields},
    )
    return make("key.changed.v1", subject=fact.id, sequence=1, time=now(), data=fact)


async def test_monitoring_may_publish_straight_to_the_broker(harness: Harness, ingest: Runtime) -> None:
    key = secrets.token_hex(16)
    await harness.publish(key_changed(key))

    await harness.publisher.with_headers(
        ALERTS_IN, "any.key", b'{"title": "raw", "dedup_key": "r"}', {KEY_HEADER: key}, "application/json"
    )
    await eventually(lambda: told(harness, "alert.opened.v1", "r"))

    (fact,) = told(harness, "alert.opened.v1", "r")
    assert (fact.integration_id, fact.service_id) == ("int1", "orders")


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
        "TOCSIN_SERVICE_PORT": str(port),
    }
    token = IdentityTokens(settings.secret_key).sign(ADMIN, now())
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
    await eventually(lambda: told(harness, "alert.opened.v1", "b"))

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
