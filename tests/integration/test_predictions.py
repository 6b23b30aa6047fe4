"""From samples to an incident and back: pushed, foretold, told as any alert of low urgency, withdrawn, graded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.analytics.app import build as build_analytics
from services.incident.app import build as build_incident
from services.ingest.app import build as build_ingest
from shared.callers.identity import Identity
from shared.events.alerts import AlertFact
from shared.events.incidents import IncidentFact
from shared.testing.harness import ADMIN, Harness, eventually
from shared.vocabulary import Role, Severity, Urgency

pytestmark = pytest.mark.integration

STEP = 15.0
PREDICTIONS = "/predictions/incidents"


def climb(start: float, end: float, *, seconds: float = 7200.0, until: datetime | None = None) -> list[list[Any]]:
    """A line from `start` to `end` that ends now, at 15 s, with a little of a saw on it."""
    last = until or datetime.now(UTC)
    count = int(seconds / STEP)
    return [
        [
            (last - timedelta(seconds=STEP * (count - 1 - place))).isoformat(),
            start + (end - start) * place / (count - 1) + 0.1 * (place % 3),
        ]
        for place in range(count)
    ]


def series(points: Sequence[Any], host: str = "db-1", **members: Any) -> dict[str, Any]:
    return {"host": host, "metric": "memory_used_percent", "points": points, "limit": 90, **members}


async def push(client: httpx2.AsyncClient, *bodies: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/metrics/samples", json=list(bodies))
    assert answer.status_code == 202, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def expected(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get(PREDICTIONS)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_climb_becomes_an_incident_of_low_urgency_and_goes_with_its_reset(harness: Harness) -> None:
    ingest = await harness.start("ingest", build_ingest)
    await harness.start("incident", build_incident)
    analytics = await harness.start("analytics", build_analytics)
    sender, reader = harness.client(ingest), harness.client(analytics)
    steady = [[at, 40.0] for at, _ in climb(0, 1)]
    said = await push(sender, series(climb(60, 84)), series(steady, "db-2"))
    assert (said["accepted"], said["series"]) == (960, 2)
    (item,) = await eventually(lambda: expected(reader), seconds=30)
    assert (item["host"], item["metric"], item["limit"], item["state"]) == (
        "db-1",
        "memory_used_percent",
        90,
        "expected",
    )
    # 6 of 24 in two hours are missing: half an hour
    ahead = datetime.fromisoformat(item["expected_at"]) - datetime.now(UTC)
    assert timedelta(minutes=26) < ahead < timedelta(minutes=34)
    lo, hi = item["interval"]
    assert lo <= item["expected_at"] <= hi
    assert 0.9 < item["confidence"] <= 1

    alert = (await harness.event("alert.opened.v1", seconds=20)).data
    assert isinstance(alert, AlertFact)
    assert (alert.prediction_id, alert.source, alert.severity) == (item["prediction_id"], "forecast", Severity.LOW)
    opened = (await harness.event("incident.opened.v1", seconds=20)).data
    assert isinstance(opened, IncidentFact)
    assert (opened.prediction_id, opened.urgency) == (item["prediction_id"], Urgency.LOW)
    assert opened.title.startswith("memory_used_percent of db-1 is expected to reach 90 at ")

    # it is restarted: a moment later it stands at 20
    now = datetime.now(UTC)
    low = [[(now + timedelta(seconds=place)).isoformat(), 20 + place / 100] for place in range(1, 40)]
    await push(sender, series(low))
    resolved = (await harness.event("incident.resolved.v1", seconds=60)).data
    assert isinstance(resolved, IncidentFact)
    assert resolved.id == opened.id
    assert await expected(reader) == []
    answer = (await reader.get(PREDICTIONS)).json()
    assert answer["accuracy"]["averted"] == 1
    assert answer["accuracy"]["precision"] == 1.0
    (grade,) = (await reader.get("/predictions/grades")).json()["items"]
    assert grade["state"] == "averted"


async def test_what_is_reached_is_a_hit_and_forecasts_group_apart_from_what_failed(harness: Harness) -> None:
    ingest = await harness.start("ingest", build_ingest)
    await harness.start("incident", build_incident)
    analytics = await harness.start("analytics", build_analytics)
    sender, reader = harness.client(ingest), harness.client(analytics)
    await sender.post("/incidents/webhook", json={"title": "db-1 is slow", "severity": "high", "dedup_key": "slow"})
    await push(sender, series(climb(60, 84)), series(climb(50, 85), "db-2"))
    items = await eventually(lambda: expected(reader), seconds=30, until=lambda found: len(found) == 2)
    assert [one["host"] for one in items] == ["db-2", "db-1"]
    await eventually(
        lambda: [one for one in harness.events if one.type == "incident.opened.v1"],
        seconds=20,
        until=lambda found: len(found) == 2,
    )
    groups = await eventually(
        lambda: {
            event.data.dedup_key: event.data.group_id
            for event in harness.events
            if event.type == "alert.opened.v1" and isinstance(event.data, AlertFact)
        },
        seconds=20,
        until=lambda found: len(found) == 3,
    )
    real = groups.pop("slow")
    assert len(set(groups.values())) == 1
    assert real not in groups.values()

    now = datetime.now(UTC)
    await push(sender, series([[(now + timedelta(seconds=one)).isoformat(), 91 + one / 10] for one in range(1, 30)]))
    answer = await eventually(
        lambda: reader.get(PREDICTIONS), seconds=60, until=lambda found: found.json()["accuracy"]["hit"] == 1
    )
    assert answer.json()["accuracy"] == {
        "hit": 1, "averted": 0, "false": 0, "missed": 0, "precision": 1.0, "recall": 1.0,
        "lead_seconds": answer.json()["accuracy"]["lead_seconds"],
    }  # fmt: skip
    assert [one["host"] for one in answer.json()["items"]] == ["db-2"]


async def test_a_team_sees_its_own_and_what_is_nobodys(harness: Harness) -> None:
    ingest = await harness.start("ingest", build_ingest)
    analytics = await harness.start("analytics", build_analytics)
    of_a = ADMIN.model_copy(update={"teams": ("team-a",)})
    await push(harness.client(ingest, of_a), series(climb(60, 84), "a-1"))
    await push(harness.client(ingest), series(climb(60, 85), "any-1"))
    both = await eventually(
        lambda: expected(harness.client(analytics)), seconds=30, until=lambda found: len(found) == 2
    )
    assert {one["host"] for one in both} == {"a-1", "any-1"}
    mine = await expected(harness.client(analytics, of_a))
    assert {one["host"] for one in mine} == {"a-1", "any-1"}
    others = await expected(harness.client(analytics, ADMIN.model_copy(update={"teams": ("team-b",)})))
    assert [one["host"] for one in others] == ["any-1"]


async def test_what_is_bad_is_told_by_its_place_and_only_who_may_sends(harness: Harness) -> None:
    ingest = await harness.start("ingest", build_ingest)
    sender = harness.client(ingest)
    now = datetime.now(UTC).isoformat()
    for body, pointer in (
        ({"metric": "m", "points": [], "limit": 1}, "/host"),
        (series([[now, "x"]]), "/points/0/1"),
        (series([["soon", 1]]), "/points/0/0"),
        (series([[now]]), "/points/0"),
        (series([], limit="high"), "/limit"),
        (series([], limit_kind="middle"), "/limit_kind"),
        (series([], horizon_seconds=1), "/horizon_seconds"),
    ):
        answer = await sender.post("/metrics/samples", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    said = await push(
        sender, series([[now, 1], [now, 2], [now, None], ["1970-01-01T00:00:00Z", 1], ["2999-01-01T00:00:00Z", 1]])
    )
    assert said == {
        "accepted": 1, "series": 1, "dropped": {"doubled": 1, "not_a_number": 1, "too_old": 1, "in_the_future": 1},
    }  # fmt: skip
    viewer = harness.client(ingest, Identity(key_id="v", name="v", role=Role.VIEWER))
    assert (await viewer.post("/metrics/samples", json=series([]))).status_code == 403
    assert (await sender.post("/metrics/samples", content=b"{")).status_code == 400
