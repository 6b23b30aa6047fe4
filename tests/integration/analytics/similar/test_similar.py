"""Likeness through HTTP and events: what is shown, what is told unasked, and what never is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.analytics.app import build
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.incidents import IncidentFact, SimilarFact
from shared.testing.harness import Harness, eventually
from shared.testing.story import BEGAN
from shared.vocabulary import IncidentStatus, Role
from tests.integration.analytics.search.test_search import found, incident

pytestmark = pytest.mark.integration

VIEWER = Identity(key_id="v", name="viewer", role=Role.VIEWER)
LATER = BEGAN + timedelta(days=30)
PAST = incident(
    "INC-20260101-0001",
    "Connection pool of Shop exhausted",
    actions_taken=["Restarted the pool"],
    alert_keys=["k1"],
)


def opened(id: str, title: str, **fields: Any) -> Event:
    plain: dict[str, Any] = {"status": IncidentStatus.TRIGGERED, "created_at": LATER, "resolved_at": None}
    told = incident(id, title, **{**plain, "alert_keys": [], **fields})
    assert isinstance(told.data, IncidentFact)
    return make("incident.opened.v1", subject=id, sequence=1, time=LATER, data=told.data)


async def test_the_nearest_past_ones_are_shown_with_what_ended_them_and_why(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    client = harness.client(runtime, VIEWER)
    await harness.publish(PAST, incident("INC-20260101-0002", "TLS certificate expired", alert_keys=[]))
    await found(client, "pool", "INC-20260101-0001")
    await harness.publish(opened("INC-20260201-0001", "Connection pool exhausted again", alert_keys=["k1"]))
    answer = (await client.get("/incidents/INC-20260201-0001/similar")).json()
    assert [one["id"] for one in answer["items"]] == ["INC-20260101-0001"]
    first = answer["items"][0]
    assert first["solution"] == "Restarted the pool"
    assert first["reason"].startswith("same alert key, same service and ")
    assert first["is_hint"]
    limited = harness.client(runtime, VIEWER.model_copy(update={"teams": ("team-b",)}))
    assert (await limited.get("/incidents/INC-20260201-0001/similar")).status_code == 404
    assert (await client.get("/incidents/INC-20260201-9999/similar")).status_code == 404


async def test_one_hint_is_told_of_an_open_real_incident_and_told_again_on_request(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    await harness.publish(PAST)
    await found(harness.client(runtime, VIEWER), "pool", "INC-20260101-0001")
    again = opened("INC-20260201-0001", "Connection pool of Shop exhausted")
    title = "Connection pool of Shop exhausted"
    await harness.publish(
        again,
        opened("INC-20260201-0002", title, drill_id="d1"),
        opened("INC-20260201-0003", title, imported=True),
        opened("INC-20260201-0004", title, team="team-b"),
        opened("INC-20260201-0005", "Voltage of the sundial rises"),
    )
    told = await harness.event("similar.found.v1", seconds=20)
    assert isinstance(told.data, SimilarFact)
    assert told.data.incident_id == "INC-20260201-0001"
    assert told.data.similar_id == "INC-20260101-0001"
    assert told.data.solution == "Restarted the pool"
    await harness.publish(again)
    hints = runtime.database.collection("hints")
    await eventually(lambda: hints.count_documents({}), until=lambda count: count == 1)
    assert len([event for event in harness.events if event.type == "similar.found.v1"]) == 1
