"""Ingest on a real broker and database: what a sender posts becomes alerts, events and lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.ingest.alerts.store.lists import Listing, Lists, archive_walks, newest, walks
from services.ingest.app import build
from shared.callers.identity import Identity
from shared.events.alerts import AlertFact
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.vocabulary import AlertStatus, Role, Severity
from tests.integration.ingest_stage import (
    WEBHOOK,
    alert,
    alertmanager,
    listed,
    now,
    service_changed,
    told,
)

pytestmark = pytest.mark.integration

VIEWER = Identity(key_id="viewer", name="viewer", role=Role.VIEWER)


@pytest.fixture
async def ingest(harness: Harness) -> Runtime:
    return await harness.start("ingest", build)


@pytest.fixture
async def client(harness: Harness, ingest: Runtime) -> httpx2.AsyncClient:
    return harness.client(ingest)


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


async def test_a_copy_of_a_resolved_start_opens_nothing_at_once_and_a_later_start_does(
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
    await client.post(WEBHOOK, json=alert(dedup_key="k"))
    await harness.event("alert.opened.v1")  # what overtakes it would open the alert, and it would move its start
    for _ in range(4):
        await client.post(WEBHOOK, json=alert(dedup_key="k"))
    await eventually(lambda: listed(client), until=lambda items: bool(items) and items[0]["count"] >= 2)

    await harness.stop(ingest)
    again = await harness.start("ingest", build)

    assert (await listed(harness.client(again)))[0]["count"] == 5
    assert len([event for event in harness.events if event.type.startswith("alert.")]) == 1


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
        {"service": "nobody knows"},
        {"severity": 7, "status": [], "category": {}, "service": 3, "labels": [], "links": "x", "starts_at": {}},
    ],
    ids=["NUL and dots", "10 000 labels", "long text", "future", "past", "unknown service", "wrong types"],
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


async def test_what_is_decided_is_decided_on_all_labels_and_some_are_kept(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    """As kube-state-metrics sends them: sorted, the telling ones behind sixty others."""
    await harness.publish(service_changed("checkout"), service_changed("orders", match_labels={"zone": "z9"}))
    many = {f"label_{number:02d}": str(number) for number in range(66)}
    body = alertmanager(("firing", "f1", now()), ("firing", "f2", now()))
    body["alerts"][0]["labels"] = many | {"service": "checkout", "severity": "info"}
    body["alerts"][1]["labels"] = many | {"severity": "warning", "zone": "z9"}

    async def found_by_label() -> bool:
        answer = await client.post(WEBHOOK, json={"title": "x", "labels": {"zone": "z9"}})
        return bool(answer.json()["alerts"][0]["service"] == "orders")

    await eventually(found_by_label)
    answer = await client.post(WEBHOOK, json=body)
    assert [one["service"] for one in answer.json()["alerts"]] == ["checkout", "orders"]
    items = await eventually(lambda: listed(client, "?source=alertmanager"), until=lambda found: len(found) == 2)
    shown = {one["service"]: one for one in items}
    assert {key: (one["severity"], len(one["labels"])) for key, one in shown.items()} == {
        "checkout": ("low", 64),
        "orders": ("medium", 64),
    }
    assert "labels: 4 of 68 were left out" in shown["checkout"]["mended"]
    for number in (1, 2):  # without a key the identity is made of all labels too
        labels = many | {"z_disk": f"sda{number}"}
        await client.post(WEBHOOK, json={"title": "disk is full", "service": "checkout", "labels": labels})
    await eventually(lambda: listed(client, "?source=generic&service=checkout"), until=lambda found: len(found) == 2)


async def test_an_alert_that_is_none_is_kept_and_says_that_it_opens_nothing(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    watchdog = alert(title="Watchdog", severity="none", dedup_key="w")
    await client.post(WEBHOOK, json=watchdog)
    await client.post(WEBHOOK, json=alert(dedup_key="real"))
    items = await eventually(lambda: listed(client), until=lambda found: len(found) == 2)
    shown = {one["dedup_key"]: one for one in items}
    assert (shown["w"]["severity"], shown["w"]["status"]) == ("low", "firing")
    assert shown["w"]["mended"][0] == "severity: none, so it is kept and opens no incident"
    assert shown["w"]["group_id"] != shown["real"]["group_id"]
    (fact,) = await eventually(lambda: told(harness, "alert.opened.v1", "w"))
    assert not fact.opens_incident
    await client.post(WEBHOOK, json=watchdog | {"severity": "critical"})
    (fact,) = await eventually(lambda: told(harness, "alert.updated.v1", "w"))
    assert fact.opens_incident
