"""What alerts would become at ingest, on a real database: decided as always, and nothing is written or told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from shared.callers.identity import Identity
from shared.questions.rehearsal import ALERTS
from shared.runtime import Runtime
from shared.testing.harness import ADMIN, Harness, eventually
from shared.vocabulary import IncidentStatus, Role
from tests.integration.ingest_stage import WEBHOOK, alert, alertmanager, incident_told, now, service_changed, status_of

pytestmark = pytest.mark.integration


async def stored(runtime: Runtime) -> dict[str, list[Any]]:
    """All documents of all collections of the service."""
    database = runtime.database.collection("alerts").database
    names = [name for name in await database.list_collection_names() if name not in ("duties", "replays")]
    return {name: await database[name].find({}).sort("_id", 1).to_list() for name in names}


async def rehearse(client: httpx2.AsyncClient, body: Any, at: datetime, **fields: Any) -> list[dict[str, Any]]:
    answer = await client.post(ALERTS, json={"alert": body, "at": at.isoformat(), **fields})
    assert answer.status_code == 200, answer.text
    alerts: list[dict[str, Any]] = answer.json()["alerts"]
    return alerts


async def test_an_alert_is_decided_on_what_is_there_and_nothing_is_written(harness: Harness) -> None:
    runtime = await harness.start("ingest", build)
    client = harness.client(runtime)
    await harness.publish(service_changed("payments", depends_on=[{"service_id": "db"}]), service_changed("db"))
    await client.post(WEBHOOK, json=alert(dedup_key="one"))
    await eventually(lambda: status_of(client, "one"), until=lambda status: status == "firing")
    opened = await harness.event("alert.opened.v1")
    before, told = await stored(runtime), len(harness.events)

    (same,) = await rehearse(client, alert(dedup_key="one"), now())
    assert (same["told"], same["events"], same["status"]) == ("repeat", [], "firing")
    (joins,) = await rehearse(client, alert(dedup_key="two"), now() + timedelta(seconds=200))
    assert joins["grouped"] == "joined"
    assert joins["events"][0]["fact"]["group_id"] == opened.data.model_dump()["group_id"]
    (later,) = await rehearse(client, alert(dedup_key="two"), now() + timedelta(seconds=400))
    assert (later["told"], later["grouped"], later["service"]) == ("first", "window_passed", "payments")
    (past,) = await rehearse(client, alert(dedup_key="one"), now() - timedelta(days=2), is_past=True)
    assert (past["told"], past["grouped"]) == ("first", "no_group"), "at an instant that is past nothing is open"
    (ends,) = await rehearse(client, alert(dedup_key="one", status="resolved"), now())
    assert [one["type"] for one in ends["events"]] == ["alert.resolved.v1"]
    assert await stored(runtime) == before
    assert len(harness.events) == told


async def test_a_body_of_any_source_is_read_as_its_sender_delivers_it(harness: Harness) -> None:
    client = harness.client(await harness.start("ingest", build))
    start = now()
    body = alertmanager(("firing", "web-1", start), ("resolved", "web-2", start), ("firing", "web-3", start))
    found = await rehearse(client, body, now())
    assert [(one["dedup_key"], one["told"]) for one in found] == [
        ("web-1", "first"), ("web-2", "remembered"), ("web-3", "first"),
    ]  # fmt: skip
    assert {one["grouped"] for one in found} == {"no_group", "joined", None}
    integration = {"id": "int_1", "kind": "generic", "service_id": "shop", "teams": []}
    (own,) = await rehearse(client, {"title": "down"}, now(), integration=integration)
    assert own["service"] == "shop", "an integration stands for its service"
    assert own["events"][0]["fact"]["integration_id"] == "int_1"


async def test_an_effect_of_another_services_incident_is_told_so(harness: Harness) -> None:
    client = harness.client(await harness.start("ingest", build))
    await harness.publish(service_changed("payments", depends_on=[{"service_id": "db"}]), service_changed("db"))
    await harness.publish(
        incident_told("opened", "g", IncidentStatus.TRIGGERED, 1, service_id="db", severity="critical")
    )

    async def grouped() -> str | None:
        (found,) = await rehearse(client, alert(), now())
        reason: str | None = found["grouped"]
        return reason

    await eventually(grouped, until=lambda reason: reason == "joined_as_effect")


@pytest.mark.parametrize(
    "asked, status, pointer",
    [
        pytest.param({"alert": "text"}, 422, "/alert", id="no alert"),
        pytest.param({"alert": [{"title": "a"}, 7]}, 422, "/alert/1", id="one that is none"),
        pytest.param({"alert": {"title": "a"}, "source": "nothing"}, 422, "/source", id="an unknown source"),
        pytest.param({"alert": [{"title": str(number)} for number in range(101)]}, 422, "/alert", id="too many"),
        pytest.param({"alert": []}, 422, "/alert", id="none at all"),
    ],
)
async def test_what_can_not_be_read_is_refused_with_its_place(
    harness: Harness, asked: dict[str, Any], status: int, pointer: str
) -> None:
    client = harness.client(await harness.start("ingest", build))
    answer = await client.post(ALERTS, json={**asked, "at": now().isoformat()})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)


async def test_a_key_of_a_team_means_its_own_services_only(harness: Harness) -> None:
    runtime = await harness.start("ingest", build)
    await harness.publish(service_changed("payments", team="money"), service_changed("web", team="web"))
    theirs = harness.client(runtime, Identity(key_id="k", name="k", role=Role.RESPONDER, teams=("web",)))
    everybody = harness.client(runtime, ADMIN)

    async def known() -> bool:
        (found,) = await rehearse(everybody, alert(), now())
        return bool(found["events"][0]["fact"]["service_id"])

    await eventually(known)
    (found,) = await rehearse(theirs, alert(), now())
    assert (found["service"], found["events"][0]["fact"]["teams"]) == ("unrouted", ["web"])
