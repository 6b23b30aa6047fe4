"""Corrected times, turned clocks and unusual priorities over HTTP and on the bus."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.callers.identity import Identity
from shared.events.command import ClockState, SlaClock, SlaTurned
from shared.events.incidents import IncidentFact
from shared.testing.harness import Harness
from shared.vocabulary import Role

pytestmark = pytest.mark.integration


async def opened(harness: Harness, **fields: Any) -> tuple[httpx2.AsyncClient, str]:
    client = harness.client(await harness.start("incident", build))
    made = await client.post("/incidents", json={"title": "Disk full", "priority": "critical"} | fields)
    return client, made.json()["id"]


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


async def test_corrected_times_move_the_clocks_and_are_told(harness: Harness) -> None:
    client, key = await opened(harness)
    await client.post(f"/incidents/{key}/ack")
    answer = await client.patch(f"/incidents/{key}/times", json={"created_at": ago(hours=30)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] == key
    assert answer.json()["sla"]["response"]["state"] == "breached"
    told = await harness.event("incident.changed.v1")
    assert isinstance(told.data, IncidentFact)
    assert told.data.status_times["triggered"] == told.data.created_at
    for clock in SlaClock:
        turned = await harness.event(
            "sla.turned.v1",
            lambda event, clock=clock: (
                isinstance(event.data, SlaTurned)  # type: ignore[misc]
                and event.data.clock is clock
                and event.data.state is ClockState.BREACHED
            ),
        )
        assert turned.subject == key
    day = datetime.now(UTC) - timedelta(hours=40)
    between = {"from": day.isoformat(), "to": ago(hours=20)}
    assert [one["id"] for one in (await client.get("/incidents", params=between)).json()["items"]] == [key]
    wrong = await client.patch(f"/incidents/{key}/times", json={"acknowledged_at": ago(hours=31)})
    assert (wrong.status_code, [fault["pointer"] for fault in wrong.json()["errors"]]) == (422, ["/acknowledged_at"])
    assert (await client.patch(f"/incidents/{key}/times", json={"resolved_at": "soon"})).status_code == 422


async def test_a_clock_turns_by_time_alone_and_once(harness: Harness) -> None:
    client, key = await opened(harness)
    # 300 s are due in a moment: the sweep has to find it, no call does
    await client.patch(f"/incidents/{key}/times", json={"created_at": ago(seconds=299)})
    await harness.event("sla.turned.v1", lambda event: _state(event.data) is ClockState.AT_RISK)
    await harness.event("sla.turned.v1", lambda event: _state(event.data) is ClockState.BREACHED)
    await client.post(f"/incidents/{key}/ack")
    await client.post(f"/incidents/{key}/resolve")
    await harness.event("sla.turned.v1", lambda event: _state(event.data) is ClockState.MET)
    told = [event.data.state.value for event in harness.events if isinstance(event.data, SlaTurned)]
    assert told == ["at_risk", "breached", "met"]
    lines = (await client.get(f"/incidents/{key}/timeline")).json()["items"]
    assert [line["text"].partition(":")[0] for line in lines if line["kind"] == "sla"] == [
        "response clock at risk",
        "response clock breached",
    ]


def _state(data: object) -> ClockState | None:
    return data.state if isinstance(data, SlaTurned) else None


async def test_an_unusual_priority_is_flagged_and_found_and_the_criteria_are_served(harness: Harness) -> None:
    client, key = await opened(harness, category="request")
    await client.post("/incidents", json={"title": "usual", "category": "request"})
    assert (await client.get(f"/incidents/{key}")).json()["priority_unusual"] is True
    found = (await client.get("/incidents", params={"priority_unusual": True})).json()["items"]
    assert [one["id"] for one in found] == [key]
    served = (await client.get("/incident-priorities")).json()["items"]
    assert [(one["priority"], one["response_seconds"]) for one in served][:2] == [("critical", 300), ("high", 1800)]


async def test_a_viewer_corrects_nothing(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    viewer = harness.client(runtime, Identity(key_id="v", name="screen", role=Role.VIEWER))
    made = await harness.client(runtime).post("/incidents", json={"title": "Disk full"})
    assert (await viewer.patch(f"/incidents/{made.json()['id']}/times", json={})).status_code == 403


OFFICE = {"time_zone": "Europe/Berlin", "hours": [{"weekdays": ["mon"], "from": "09:00", "to": "17:00"}]}


async def test_clocks_count_the_support_hours_that_the_service_had_when_it_opened(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    # the hours begin in two days, so nothing is due before
    begins = (datetime.now(UTC) + timedelta(days=2)).date()
    hours = {"time_zone": "UTC", "hours": [{"weekdays": [f"{begins:%a}".lower()], "from": "09:00", "to": "17:00"}]}
    made = await client.post("/services", json={"id": "shop", "name": "Shop", "support_hours": hours})
    assert made.json()["support_hours"] == hours | {"holidays": []}
    opening = {"title": "Disk full", "priority": "critical", "service_id": "shop"}
    key = (await client.post("/incidents", json=opening)).json()["id"]
    assert (await client.patch("/services/shop", json={"support_hours": None})).json()["support_hours"] is None
    sla = (await client.get(f"/incidents/{key}")).json()["sla"]
    assert sla["response"]["due_at"] == f"{begins}T09:05:00Z"
    assert sla["resolution"]["due_at"] == f"{begins}T13:00:00Z"
    assert sla["support_hours"] == hours | {"holidays": []}
    raised = await client.put(f"/incidents/{key}/status", json={"priority": "high"})
    assert raised.json()["sla"]["response"]["due_at"] == f"{begins}T09:30:00Z"
    other = (await client.post("/incidents", json=opening)).json()
    assert other["sla"]["support_hours"] is None


@pytest.mark.parametrize(
    "wrong, pointer",
    [
        pytest.param({"time_zone": "Mars/Base"}, "/support_hours/time_zone", id="zone"),
        pytest.param({"hours": [{"from": "09:00", "to": "09:00"}]}, "/support_hours/hours/0", id="no length"),
        pytest.param({"hours": [{"from": "09:00"}]}, "/support_hours/hours/0/to", id="no end"),
    ],
)
async def test_support_hours_that_make_no_sense_are_refused(harness: Harness, wrong: Any, pointer: str) -> None:
    client = harness.client(await harness.start("incident", build))
    refused = await client.patch("/services/unrouted", json={"support_hours": OFFICE | wrong})
    assert (refused.status_code, [fault["pointer"] for fault in refused.json()["errors"]]) == (422, [pointer])
