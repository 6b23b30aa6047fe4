"""Corrected times, turned clocks and unusual priorities over HTTP and on the bus."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.events.command import ClockState, SlaClock, SlaTurned
from shared.events.incidents import IncidentFact
from shared.identity import Identity
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
