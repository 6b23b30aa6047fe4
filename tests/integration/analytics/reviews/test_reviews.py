"""Reviews of a real analytics service: made on Monday morning by one replica, kept, read, and told of once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import monitoring

from services.analytics.app import build
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.actions import ActionFact, ActionState
from shared.events.analytics.reviews import ReviewFact
from shared.events.incidents import AlertCounts, IncidentFact, SlaTimes
from shared.runtime import Runtime
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from shared.testing.plans import Heard
from shared.vocabulary import IncidentStatus, Role, Severity

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)
MONDAY = datetime(2026, 12, 7, 7, 0, tzinfo=UTC)
"""The first one of December: the week's and November's reviews are due."""
SARA = Identity(key_id="s", name="sara", role=Role.VIEWER, user_id="sara")


class Clock:
    """The services' clock, which is set to a time and goes on from there."""

    def __init__(self, harness: Harness, folder: Path) -> None:
        self._file = folder / "clock"
        harness.settings = harness.settings.model_copy(update={"env": "test", "test_clock": self._file})

    async def set(self, at: datetime, *runtimes: Runtime) -> None:
        self._file.write_text(str((at - datetime.now(UTC)).total_seconds()))
        await eventually(lambda: all(abs(one.clock.now() - at) < timedelta(minutes=5) for one in runtimes))


def incident(id_: str, created: datetime, **changes: Any) -> Event:
    fact = example("incident.changed.v1").data
    assert isinstance(fact, IncidentFact)
    plain: dict[str, Any] = {
        "id": id_, "title": f"Disk of <{id_}> | full", "created_at": created,
        "acknowledged_at": created + timedelta(minutes=4),
        "resolved_at": created + timedelta(minutes=30), "resolved_by": "sara", "status": IncidentStatus.RESOLVED,
        "drill_id": None, "merged_into": None, "prediction_id": None, "imported": False, "sla": [],
        "severity": Severity.HIGH, "alerts": AlertCounts(count=1), "group_id": None, "team": "shop",
    }  # fmt: skip
    told = IncidentFact.model_validate(fact.model_dump() | plain | changes)
    return make("incident.changed.v1", subject=told.id, sequence=1, time=created, data=told)


def still_open(id_: str, created: datetime, due: datetime) -> Event:
    clocks = SlaTimes(response_due_at=due, resolution_due_at=due)
    return incident(id_, created, resolved_at=None, resolved_by=None, status=IncidentStatus.ACKNOWLEDGED, sla=[clocks])


def overdue() -> Event:
    fact = example("action.changed.v1").data
    assert isinstance(fact, ActionFact)
    due = (MONDAY - timedelta(days=3)).date()
    open_one = fact.changed(
        id="act-1", title="More disks", state=ActionState.OPEN, due_on=due, drill=False, deleted=False, closed_at=None
    )
    return make("action.changed.v1", subject="act-1", sequence=1, time=MONDAY, data=open_one)


def told(harness: Harness) -> list[ReviewFact]:
    return [one.data for one in harness.events if isinstance(one.data, ReviewFact)]


async def known(runtime: Runtime, count: int) -> None:
    incidents = runtime.database.collection("incidents")
    await eventually(lambda: incidents.count_documents({}), until=lambda found: found == count)


async def test_the_weeks_review_is_made_once_by_two_replicas_and_reads_in_three_languages(
    harness: Harness, tmp_path: Path
) -> None:
    clock = Clock(harness, tmp_path)
    await clock.set(MONDAY - timedelta(days=2))
    first = await harness.start("analytics", build)
    second = await harness.start("analytics", build, instance="analytics.2")
    week = MONDAY - timedelta(days=4)
    await harness.publish(
        incident("INC-1", week),
        incident("INC-2", week + timedelta(hours=1), severity=Severity.CRITICAL),
        incident("INC-3", week - timedelta(days=7)),
        incident("INC-4", week, drill_id="drill-1", resolved_at=None, status=IncidentStatus.ACKNOWLEDGED),
        still_open("INC-5", week, MONDAY + timedelta(hours=3)),
        overdue(),
    )
    await known(first, 5)
    ordered = {"user_id": "sara", "kinds": ["weekly"]}
    assert (await harness.client(first, SARA).post("/reviews/subscribers", json=ordered)).json() == ordered
    await clock.set(MONDAY + timedelta(seconds=5), first, second)
    api = harness.client(first)

    async def listed() -> list[str]:
        return [one["id"] for one in (await api.get("/reviews")).json()["items"]]

    await eventually(listed, seconds=60, until=lambda ids: {"weekly-2026-W49", "monthly-2026-11"} <= set(ids))
    await eventually(lambda: {one.id for one in told(harness)} >= {"weekly-2026-W49", "monthly-2026-11"})
    made = {one.id: one for one in told(harness)}
    assert len(made) == len(told(harness))
    assert "quarterly-2026Q3" not in made
    assert (made["weekly-2026-W49"].people, made["monthly-2026-11"].people) == (["sara"], [])

    review = (await api.get("/reviews/weekly-2026-W49")).json()
    sections = {one["name"]: one for one in review["sections"]}
    figures = {one["name"]: (one["value"], one["previous"]) for one in sections["incidents"]["figures"]}
    assert figures["incidents"] == (3, 1)
    assert figures["time_to_acknowledge"] == (240, 240)
    assert [one["id"] for one in sections["open"]["items"]] == ["INC-5"]
    assert [one["id"] for one in sections["at_risk"]["items"]] == ["INC-5"]
    assert [one["title"] for one in sections["overdue"]["items"]] == ["More disks"]
    assert (review["chart"]["values"], sum(review["chart"]["previous"])) == ([0, 0, 0, 3, 0, 0, 0], 1)

    text = (await api.get("/reviews/weekly-2026-W49.md")).text
    assert text.startswith("# Weekly review, 30 November 2026 to 6 December 2026\n")
    assert "/reports/figures/incidents/incidents?from=2026-11-30T00%3A00%3A00%2B00%3A00" in text
    page = await api.get("/reviews/weekly-2026-W49.html", params={"lang": "fa"})
    assert 'dir="rtl"' in page.text
    assert "۹ آذر ۱۴۰۵" in page.text
    assert "<svg" in page.text
    assert "Disk of <INC" not in page.text
    assert "週次レビュー" in (await api.get("/reviews/weekly-2026-W49.html", params={"lang": "ja"})).text
    for refused, wanted in ({"lang": "xx"}, 422), ({}, 404):
        assert (await api.get("/reviews/nothing.md", params=refused)).status_code == wanted

    await harness.stop(second)
    again = await harness.start("analytics", build, instance="analytics.2")
    await clock.set(MONDAY + timedelta(days=1), first, again)
    await eventually(lambda: again.clock.now() > MONDAY)
    assert len(told(harness)) == len(made)


async def test_a_page_of_them_and_what_a_kind_has(harness: Harness, tmp_path: Path) -> None:
    clock = Clock(harness, tmp_path)
    await clock.set(MONDAY + timedelta(minutes=1))
    runtime = await harness.start("analytics", build)
    await harness.publish(incident("INC-1", MONDAY - timedelta(days=100)))
    api = harness.client(runtime)
    await known(runtime, 1)
    await clock.set(MONDAY + timedelta(days=7), runtime)
    api = harness.client(runtime)

    async def ask(**params: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await api.get("/reviews", params=params)).json()
        return found

    await eventually(ask, seconds=60, until=lambda found: len(found["items"]) == 3)
    first = await ask(limit=2)
    rest = await ask(limit=2, cursor=first["next_cursor"])
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    assert [one["kind"] for one in (await ask(kind="monthly"))["items"]] == ["monthly"]
    HEARD.database = runtime.database.name
    await ask(limit=2, cursor=first["next_cursor"])
    await ask(kind="weekly")
    scans = await HEARD.scans(runtime.database)
    assert [one for one in scans if one.collection == "reviews" and one.query] == []


async def test_who_may_order_and_read(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    path = "/reviews/subscribers"
    limited = harness.client(runtime, Identity(key_id="l", name="l", role=Role.MANAGER, teams=("shop",)))
    sara, manager = harness.client(runtime, SARA), harness.client(runtime)
    for_kenji = {"user_id": "kenji", "kinds": ["monthly", "weekly", "weekly"]}
    assert (await limited.get("/reviews")).status_code == 403
    assert (await limited.post(path, json=for_kenji)).status_code == 403
    assert (await sara.post(path, json=for_kenji)).status_code == 403
    assert (await manager.post(path, json=for_kenji)).json()["kinds"] == ["weekly", "monthly"]
    assert (await sara.get(path)).json()["items"] == [{"user_id": "kenji", "kinds": ["weekly", "monthly"]}]
    assert (await sara.delete(f"{path}/kenji")).status_code == 403
    assert (await manager.delete(f"{path}/kenji")).status_code == 204
    assert (await sara.get(path)).json()["items"] == []
    daily, nobody = {"user_id": "kenji", "kinds": ["daily"]}, {"user_id": "", "kinds": []}
    for wrong, pointer in (daily, "/kinds/0"), (nobody, "/user_id"):
        refused = (await manager.post(path, json=wrong)).json()
        assert (refused["status"], refused["errors"][0]["pointer"]) == (422, pointer)
    await eventually(lambda: [one.type for one in harness.events].count("review.subscribed.v1") == 2)
