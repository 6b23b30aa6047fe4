"""Which incidents alerts would be in, on a real database: decided as always, and nothing is written or told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.callers.identity import Identity
from shared.events import make
from shared.events.alerts import AlertFact
from shared.questions.rehearsal import INCIDENTS, AlertTold, IncidentsQuestion, RehearsedAlert
from shared.testing.harness import Harness, eventually
from shared.vocabulary import AlertStatus, Category, Role, Severity

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC)


def fact_of(key: str, *, group: str = "g-1", **fields: Any) -> AlertFact:
    base: dict[str, Any] = {
        "id": f"{group}-{key}",
        "dedup_key": key,
        "source": "check",
        "title": f"{key} is in trouble",
        "severity": Severity.HIGH,
        "category": Category.FAILURE,
        "status": AlertStatus.FIRING,
        "service_id": "shop",
        "service_claim": "shop",
        "starts_at": NOW,
        "group_id": group,
        "stamp": f"0199{key}",
    }
    return AlertFact(**base | fields)


def asked(*facts: AlertFact, **fields: Any) -> dict[str, Any]:
    alerts = [
        RehearsedAlert(
            dedup_key=fact.dedup_key,
            title=fact.title,
            service=fact.service_id or "unrouted",
            status=fact.status,
            told="first",
            events=[AlertTold(type="alert.opened.v1", sequence=1, fact=fact)],
        )
        for fact in facts
    ]
    return IncidentsQuestion(alerts=alerts, at=NOW, **fields).model_dump(mode="json")


async def rehearse(client: httpx2.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(INCIDENTS, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_alerts_open_join_or_page_again_and_nothing_changes(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    await client.post("/services", json={"id": "shop", "name": "Shop", "team": "web", "escalation_policy_id": "p"})
    new = await rehearse(client, asked(fact_of("a"), fact_of("b")))
    (begun,) = new["incidents"]
    assert (begun["opens"], begun["sequence"], begun["fact"]["escalation_policy_id"]) == (True, 1, "p")
    assert [(one["reason"], one["incident"]) for one in new["alerts"]] == [("open_new", 0), ("join", 0)]
    assert (await client.get("/incidents")).json()["items"] == []

    opened = fact_of("a")
    await harness.publish(make("alert.opened.v1", subject=opened.id, sequence=1, time=NOW, data=opened))

    async def listed() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await client.get("/incidents")).json()["items"]
        return items

    (incident,) = await eventually(listed)
    joins = await rehearse(client, asked(fact_of("b")))
    assert [(one["reason"], one["incident"]) for one in joins["alerts"]] == [("join", 0)]
    assert joins["incidents"][0]["fact"]["id"] == incident["id"]
    assert joins["incidents"][0]["fact"]["paging"]["generation"] == 1
    await client.post(f"/incidents/{incident['id']}/ack")
    again = await rehearse(client, asked(fact_of("b")))
    assert [one["reason"] for one in again["alerts"]] == ["join_page_again"]
    assert again["incidents"][0]["fact"]["paging"]["generation"] == 2
    past = await rehearse(client, asked(fact_of("b"), is_past=True))
    assert past["incidents"][0]["opens"], "at an instant that is past nothing is open"
    other = await rehearse(client, asked(fact_of("c", group="g-2")))
    assert (other["incidents"][0]["opens"], other["alerts"][0]["reason"]) == (True, "open_new")
    (after,) = await listed()
    assert (after["alerts"]["count"], after["status"]) == (1, "acknowledged")


async def test_a_past_incident_begins_again_on_its_service_as_that_is_now(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    client = harness.client(runtime)
    await client.post("/services", json={"id": "shop", "name": "Shop", "team": "web", "escalation_policy_id": "old"})
    body = {"title": "disk", "service_id": "shop", "severity": "high"}
    made = (await client.post("/incidents", json=body)).json()
    await client.post(f"/incidents/{made['id']}/resolve", json={})
    await client.patch("/services/shop", json={"escalation_policy_id": "new", "urgency": "low"})
    at = (NOW + timedelta(days=3)).isoformat()
    found = await rehearse(client, {"incident_id": made["id"], "at": at})
    (again,) = found["incidents"]
    fact = again["fact"]
    assert (again["opens"], fact["status"], fact["title"], fact["severity"]) == (True, "triggered", "disk", "high")
    assert (fact["escalation_policy_id"], fact["urgency"], fact["team"]) == ("new", "low", "web")
    assert (fact["paging"]["generation"], fact["paging"]["answered"]) == (1, 0)
    other = harness.client(runtime, Identity(key_id="k", name="k", role=Role.RESPONDER, teams=("db",)))
    assert (await other.post(INCIDENTS, json={"incident_id": made["id"], "at": at})).status_code == 404
