"""The incident service on its real parts, over HTTP and over the bus."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.incidents import IncidentFact, ServiceFact
from shared.events.oncall import EscalationState, PageState
from shared.testing.harness import Harness, eventually
from shared.vocabulary import AlertStatus, Role
from tests.unit.incident.builders import make_escalation, make_event, make_page

RESOLVED = AlertStatus.RESOLVED


async def started(harness: Harness) -> httpx2.AsyncClient:
    return harness.client(await harness.start("incident", build))


async def only_incident(client: httpx2.AsyncClient, **wanted: Any) -> dict[str, Any]:
    """The one incident there is, once it is as wanted."""

    async def ask() -> Any:
        items = (await client.get("/incidents")).json()["items"]
        return [item for item in items if all(item[name] == value for name, value in wanted.items())]

    found: list[dict[str, Any]] = await eventually(ask, until=lambda items: len(items) == 1)
    return found[0]


def problem(answer: httpx2.Response) -> tuple[int, str, list[str]]:
    body = answer.json()
    return answer.status_code, body["code"], [error["pointer"] for error in body["errors"]]


async def test_unrouted_is_there_from_the_start_and_stays(harness: Harness) -> None:
    client = await started(harness)
    assert (await client.get("/services/unrouted")).json()["name"] == "Unrouted"
    event = await harness.event("service.changed.v1", lambda event: event.subject == "unrouted")
    assert isinstance(event.data, ServiceFact)
    assert event.sequence == 1
    assert problem(await client.delete("/services/unrouted")) == (409, "built_in", [])
    await harness.start("incident", build, instance="incident.2")
    assert (await client.get("/services/unrouted")).headers["ETag"] == '"1"'


async def test_a_service_is_made_edited_and_deleted(harness: Harness) -> None:
    client = await started(harness)
    whole = {
        "id": "payments",
        "name": "Payments",
        "description": "Takes the money",
        "tier": 1,
        "team": "money",
        "escalation_policy_id": "money-policy",
        "tags": ["pci"],
        "links": [{"href": "https://wiki.example.org/payments", "text": "Handbook"}],
        "slo": {"target": 0.999, "window_days": 90},
        "match": {"labels": {"app.kubernetes.io/name": "payments", "$odd": "x"}},
        "resolved_grace_seconds": 900,
    }
    made = await client.post("/services", json=whole)
    assert made.status_code == 201
    assert made.headers["Location"] == "/services/payments"
    assert {name: made.json()[name] for name in whole} == whole
    assert problem(await client.post("/services", json=whole))[:2] == (409, "already_exists")

    edited = await client.patch(
        "/services/payments", json={"tier": None, "tags": ["money"]}, headers={"If-Match": made.headers["ETag"]}
    )
    assert (edited.json()["tier"], edited.json()["tags"], edited.json()["name"]) == (None, ["money"], "Payments")
    stale = await client.patch("/services/payments", json={"tier": 2}, headers={"If-Match": made.headers["ETag"]})
    assert problem(stale)[:2] == (412, "version_conflict")

    assert (await client.delete("/services/payments")).status_code == 204
    assert (await client.get("/services/payments")).status_code == 404
    assert [item["id"] for item in (await client.get("/services")).json()["items"]] == ["unrouted"]
    again = await client.post("/services", json={"id": "payments", "name": "Payments again"})
    assert (again.status_code, again.json()["version"], again.json()["tier"]) == (201, 4, None)
    told = await harness.event("service.changed.v1", lambda event: event.sequence == 4)
    assert isinstance(told.data, ServiceFact)
    assert (told.data.name, told.data.deleted) == ("Payments again", False)


async def test_services_are_listed_by_id_in_pages(harness: Harness) -> None:
    client = await started(harness)
    for name in ("alpha", "beta", "gamma"):
        await client.post("/services", json={"id": name, "name": name})
    first = (await client.get("/services", params={"limit": 2})).json()
    second = (await client.get("/services", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + second["items"]] == ["alpha", "beta", "gamma", "unrouted"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "x", "id": "graph"}, "/id"),
        ({"name": "x", "id": "a/b"}, "/id"),
        ({"name": "x", "tier": 5}, "/tier"),
        ({"name": "x", "slo": {"target": 2}}, "/slo/target"),
        ({"name": "x", "links": [{"href": "javascript:alert(1)"}]}, "/links/0/href"),
        ({"name": "x", "match": {"labels": {"a": 1}}}, "/match/labels/a"),
        ({"name": "x", "resolved_grace_seconds": -1}, "/resolved_grace_seconds"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_service_that_is_not_right_is_refused_with_the_field(
    harness: Harness, body: dict[str, Any], pointer: str
) -> None:
    client = await started(harness)
    status, _, pointers = problem(await client.post("/services", json=body))
    assert (status, pointers) == (422, [pointer])


async def test_a_person_opens_takes_and_resolves_an_incident(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    client = harness.client(runtime)
    sara = harness.client(runtime, Identity(key_id="k", name="Sara's key", role=Role.RESPONDER, user_id="sara"))
    await client.post(
        "/services", json={"id": "payments", "name": "Payments", "escalation_policy_id": "p", "team": "t"}
    )
    made = await client.post("/incidents", json={"title": "Disk full", "service_id": "payments", "severity": "medium"})
    assert made.status_code == 201
    key = made.json()["id"]
    assert made.headers["Location"] == f"/incidents/{key}"
    assert (made.json()["priority"], made.json()["category"], made.json()["urgency"]) == ("medium", "failure", "low")
    opened = await harness.event("incident.opened.v1")
    assert isinstance(opened.data, IncidentFact)
    assert (opened.subject, opened.sequence, opened.data.escalation_policy_id) == (key, 1, "p")
    assert (opened.data.paging.generation, opened.data.paging.answered) == (1, 0)

    taken = (await sara.post(f"/incidents/{key}/ack")).json()
    assert (taken["status"], taken["assignees"], taken["sla"]["response"]["state"]) == ("acknowledged", ["sara"], "met")
    assert (await sara.post(f"/incidents/{key}/ack")).json()["version"] == taken["version"]
    worse = (await sara.put(f"/incidents/{key}/status", json={"severity": "critical", "note": "spreads"})).json()
    assert (worse["severity"], worse["priority"], worse["paging"]["generation"]) == ("critical", "critical", 2)
    assert worse["paging"]["reason"] == "reescalated"
    work = (await sara.put(f"/incidents/{key}/status", json={"status": "in_progress"})).json()
    assert work["status"] == "investigating"
    answered = (await sara.post(f"/incidents/{key}/ack")).json()
    assert (answered["status"], answered["paging"]["answered"]) == ("investigating", 2)

    done = await sara.post(
        f"/incidents/{key}/resolve",
        json={"actions_taken": ["grew the disk"], "root_cause": "logs", "preventive_measures": ["rotate"]},
    )
    assert (done.json()["status"], done.json()["resolved_by"], done.json()["root_cause"]) == (
        "resolved",
        "sara",
        "logs",
    )
    assert problem(await sara.post(f"/incidents/{key}/ack"))[:2] == (409, "illegal_transition")
    back = await sara.put(f"/incidents/{key}/status", json={"status": "triggered"})
    assert (back.json()["from"], back.json()["to"]) == ("resolved", "triggered")
    assert (await sara.put(f"/incidents/{key}/status", json={"status": "closed"})).json()["status"] == "closed"

    async def entries() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await client.get(f"/incidents/{key}/timeline")).json()["items"]
        return items

    told = [(entry["kind"], entry["author"]) for entry in await entries()]
    assert told == [
        ("opened", "tester"),
        ("status", "sara"),
        ("severity", "sara"),
        ("priority", "sara"),
        ("note", "sara"),
        ("status", "sara"),
        ("status", "sara"),
        ("status", "sara"),
        ("resolution", "sara"),
        ("status", "sara"),
    ]
    kinds = ("incident.opened.v1", "incident.changed.v1", "incident.acknowledged.v1", "incident.resolved.v1")
    await eventually(lambda: [e.sequence for e in harness.events if e.type in kinds], until=lambda s: len(s) == 7)


async def test_what_is_wrong_with_a_call_is_named(harness: Harness) -> None:
    client = await started(harness)
    assert problem(await client.post("/incidents", json={}))[0::2] == (422, ["/title"])
    unknown = await client.post("/incidents", json={"title": "x", "service_id": "nobody"})
    assert problem(unknown) == (422, "unknown_service", ["/service_id"])
    assert (await client.get("/incidents/INC-20261121-0001")).status_code == 404
    assert problem(await client.get("/incidents", params={"severity": "huge"}))[0::2] == (422, ["/severity"])
    assert problem(await client.get("/incidents", params={"limit": 500}))[0::2] == (422, ["/limit"])
    assert problem(await client.get("/incidents", params={"cursor": "nonsense"}))[0::2] == (400, ["/cursor"])
    assert problem(await client.get("/incidents", params={"from": "0001-01-01T00:00:00+14:00"}))[0::2] == (
        422,
        ["/from"],
    )
    made = (await client.post("/incidents", json={"title": "x"})).json()
    stale = await client.post(f"/incidents/{made['id']}/ack", headers={"If-Match": '"9"'})
    assert problem(stale)[:2] == (412, "version_conflict")
    long = await client.post(f"/incidents/{made['id']}/timeline", json={"text": "x" * 10_001})
    assert problem(long)[0::2] == (422, ["/text"])


async def test_a_key_limited_to_a_team_has_to_do_with_its_own_only(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    admin = harness.client(runtime)
    for team in ("red", "blue"):
        await admin.post("/services", json={"id": team, "name": team, "team": team})
    red = harness.client(runtime, Identity(key_id="k", name="red", role=Role.MANAGER, teams=("red",)))
    viewer = harness.client(runtime, Identity(key_id="v", name="viewer", role=Role.VIEWER))
    mine = (await red.post("/incidents", json={"title": "mine", "service_id": "red"})).json()["id"]
    other = (await admin.post("/incidents", json={"title": "other", "service_id": "blue"})).json()["id"]
    assert (await red.post("/incidents", json={"title": "x", "service_id": "blue"})).status_code == 403
    assert (await red.get(f"/incidents/{other}")).status_code == 404
    assert (await red.get(f"/incidents/{other}/timeline")).status_code == 404
    assert (await red.get("/services/blue")).status_code == 404
    assert (await red.post(f"/incidents/{other}/ack")).status_code == 403
    assert [item["id"] for item in (await red.get("/incidents")).json()["items"]] == [mine]
    assert (await red.patch("/services/red", json={"team": "blue"})).status_code == 403
    assert (await viewer.post(f"/incidents/{mine}/ack")).status_code == 403
    assert len((await viewer.get("/incidents")).json()["items"]) == 2


async def test_alerts_open_join_and_resolve_an_incident(harness: Harness) -> None:
    client = await started(harness)
    await client.post("/services", json={"id": "payments", "name": "Payments", "match": {"labels": {"app": "pay"}}})
    await harness.publish(make_event("a1", labels={"app": "pay", "zone": "eu"}), make_event("a2"))
    incident = await only_incident(client, alerts={"count": 2, "firing": 2})
    assert (incident["service_id"], incident["status"]) == ("payments", "triggered")
    await harness.publish(make_event("a1", 2, status=RESOLVED))
    await only_incident(client, alerts={"count": 2, "firing": 1}, status="triggered")
    await harness.publish(make_event("a2", 2, status=RESOLVED))
    incident = await only_incident(client, alerts={"count": 2, "firing": 0}, status="resolved")
    assert incident["resolved_by"] == "auto"
    await harness.event("incident.resolved.v1")
    members = (await client.get(f"/incidents/{incident['id']}/alerts")).json()
    assert [(item["id"], item["status"]) for item in members["items"]] == [("a2", "resolved"), ("a1", "resolved")]
    assert members["next_cursor"] is None


async def test_a_new_alert_on_an_acknowledged_incident_pages_again(harness: Harness) -> None:
    client = await started(harness)
    await harness.publish(make_event("a1"))
    key = (await only_incident(client))["id"]
    await client.post(f"/incidents/{key}/ack")
    await harness.publish(make_event("a1-again", dedup_key="key-a1"))
    await only_incident(client, alerts={"count": 2, "firing": 2})
    await harness.publish(make_event("a2"))
    incident = await only_incident(client, alerts={"count": 3, "firing": 3})
    assert incident["status"] == "acknowledged"
    paging = {"generation": 2, "answered": 1, "reason": "new_alert", "cause": "a2-1"}
    assert {name: incident["paging"][name] for name in paging} == paging


async def test_an_alert_without_a_known_service_is_unrouted(harness: Harness) -> None:
    client = await started(harness)
    await harness.publish(make_event("a1", service_claim="who knows"))
    assert (await only_incident(client))["service_id"] == "unrouted"


async def test_both_lanes_and_two_processes_agree_on_one_incident_a_group(harness: Harness) -> None:
    client = await started(harness)
    await harness.start("incident", build, instance="incident.2")
    events = [make_event(f"a{n}", group_id=f"g{n % 10}") for n in range(300)]
    firsts = [(f"{event.type}.first", event.encode(), event.id) for event in events[:10]]
    await asyncio.gather(harness.publisher.publish_events(firsts), harness.publish(*events[10:], *events[:50]))

    async def counted() -> Any:
        items = (await client.get("/incidents", params={"limit": 200})).json()["items"]
        return len(items), sum(item["alerts"]["count"] for item in items)

    assert await eventually(counted, seconds=20, until=lambda found: found[1] >= 300) == (10, 300)
    await asyncio.sleep(0.3)
    assert await counted() == (10, 300)


async def test_what_oncall_and_comms_tell_is_on_the_timeline_and_an_ack_times_out(harness: Harness) -> None:
    client = await started(harness)
    key = (await client.post("/incidents", json={"title": "x"})).json()["id"]
    told, _ = make_escalation(1, incident=key)
    page = make_page(incident_id=key)
    paged = make("page.delivered.v1", subject="p1", sequence=1, time=page.at, data=page)
    failed = make_page(PageState.FAILED, incident_id=key, page_id="p2", detail="550 sara@example.org unknown")
    await harness.publish(
        told, paged, make("page.failed.v1", subject="p2", sequence=1, time=failed.at, data=failed), told
    )

    async def texts() -> Any:
        items = (await client.get(f"/incidents/{key}/timeline")).json()["items"]
        return [item["text"] for item in items]

    found = await eventually(texts, until=lambda lines: len(lines) == 4)
    assert sorted(found) == [
        "could not page sara by email (step 1)",
        "opened: x",
        "paged sara by email (step 1)",
        "step 1: told sara",
    ]
    assert (await only_incident(client, assignees=["sara"]))["status"] == "triggered"
    await client.post(f"/incidents/{key}/ack")
    await harness.publish(make_escalation(2, incident=key, ack_timed_out=True, state=EscalationState.ANSWERED)[0])
    incident = await only_incident(client, status="triggered")
    assert (incident["paging"]["generation"], incident["paging"]["reason"]) == (2, "ack_timeout")
    await harness.publish(make_escalation(3, incident=key, state=EscalationState.EXHAUSTED, generation=2)[0])
    await eventually(texts, until=lambda lines: "escalation exhausted: nobody answered" in lines)


async def test_an_incident_resolves_itself_after_the_services_delay(harness: Harness) -> None:
    client = await started(harness)
    await client.post("/services", json={"id": "slow", "name": "Slow", "auto_resolve_after_seconds": 1})
    await harness.publish(make_event("a1", service_id="slow"), make_event("a1", 2, service_id="slow", status=RESOLVED))
    await only_incident(client, status="triggered", alerts={"count": 1, "firing": 0})
    await only_incident(client, status="resolved", resolved_by="auto")


async def test_lists_filter_page_and_sort(harness: Harness) -> None:
    client = await started(harness)
    await client.post("/services", json={"id": "payments", "name": "Payments"})
    ids = []
    for number in range(25):
        body = {
            "title": f"Disk {number} of Café",
            "severity": "critical" if number % 5 == 0 else "low",
            "service_id": "payments" if number % 2 else None,
        }
        ids.append((await client.post("/incidents", json=body)).json()["id"])
    await client.post(f"/incidents/{ids[3]}/resolve")
    await client.post(f"/incidents/{ids[5]}/ack")
    await harness.publish(make_event("d1", drill_id="drill-1", title="A drill"))
    assert (await only_incident_in(client, {"drill": "true"}))["drill"] is True

    async def found(**params: Any) -> list[str]:
        seen: list[str] = []
        cursor = None
        while True:
            asked = {**params, **({"cursor": cursor} if cursor else {})}
            page = (await client.get("/incidents", params=asked)).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return seen

    newest = ids[::-1]
    assert await found() == newest
    assert await found(limit=4) == newest
    assert await found(limit=4, sort="created_at") == ids
    assert await found(severity="critical", limit=2) == [key for n, key in enumerate(ids) if n % 5 == 0][::-1]
    assert (
        await found(severity="critical,low", service_id="payments") == [key for n, key in enumerate(ids) if n % 2][::-1]
    )
    assert await found(status="resolved,acknowledged") == [ids[5], ids[3]]
    assert await found(status="open", limit=20) == [key for key in newest if key != ids[3]]
    assert await found(status="in_progress") == []
    assert await found(q="CAFE\u0301 7") == [ids[7]]
    assert await found(q="nothing") == []
    assert await found(**{"from": "2000-01-01T00:00:00Z", "to": "2000-01-02T00:00:00Z"}) == []
    assert await found(**{"from": "2000-01-01T00:00:00Z"}) == newest


async def only_incident_in(client: httpx2.AsyncClient, params: dict[str, str]) -> dict[str, Any]:
    async def ask() -> Any:
        return (await client.get("/incidents", params=params)).json()["items"]

    found: list[dict[str, Any]] = await eventually(ask, until=lambda items: len(items) == 1)
    return found[0]


async def test_a_replay_tells_of_every_service_and_incident(harness: Harness) -> None:
    from shared.bus.consumer import Delivery
    from shared.runtime import Runtime

    client = await started(harness)
    await client.post("/services", json={"id": "payments", "name": "Payments"})
    key = (await client.post("/incidents", json={"title": "x"})).json()["id"]
    await client.post(f"/incidents/{key}/ack")
    heard: list[Event] = []

    def build_asker(runtime: Runtime) -> None:
        async def hear(batch: Any) -> None:
            heard.extend(delivery.payload for delivery in batch if isinstance(delivery, Delivery))

        runtime.consume_events("automation", hear)
        runtime.replicates(["service.changed.v1", "incident.changed.v1"], "automation")

    await eventually(lambda: len(harness.events) >= 4)
    await harness.start("automation", build_asker)

    def told() -> set[tuple[str, str, int]]:
        return {(event.type, event.subject, event.sequence) for event in heard}

    wanted = {
        ("service.changed.v1", "unrouted", 1),
        ("service.changed.v1", "payments", 1),
        ("incident.changed.v1", key, 2),
    }
    await eventually(lambda: wanted <= told())
