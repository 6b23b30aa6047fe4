"""The dashboard over HTTP, from events, on the real parts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, timedelta
from functools import partial
from operator import eq
from typing import Any

import httpx2
import pytest

from services.analytics.app import build
from services.analytics.figures.catalogue import FIGURES
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.actions import ActionFact, ActionState
from shared.events.alerts import AlertFact
from shared.events.incidents import AlertCounts, IncidentFact, SlaTimes
from shared.events.oncall import PageResult
from shared.runtime import Runtime
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from shared.testing.story import BEGAN
from shared.vocabulary import Category, Priority, Role, Severity

pytestmark = pytest.mark.integration

LIMITED = Identity(key_id="k", name="shop", role=Role.VIEWER, teams=("shop",))
COPIES = ("incidents", "pages", "actions", "alerts")
MONTH = {"month": BEGAN.strftime("%Y-%m")}


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def incident(number: int, sequence: int = 1, **changes: Any) -> Event:
    fact = example("incident.changed.v1").data
    assert isinstance(fact, IncidentFact)
    created = BEGAN + minutes(number)
    plain: dict[str, Any] = {
        "id": f"INC-{number}", "title": f"Disk full on web{number:02}", "created_at": created, "drill_id": None,
        "merged_into": None, "prediction_id": None, "imported": False, "acknowledged_at": created + minutes(number),
        "acknowledged_by": "sara", "resolved_at": created + minutes(10 * number), "resolved_by": "sara", "sla": [],
        "severity": Severity.HIGH, "priority": Priority.HIGH, "category": Category.ERROR, "team": "shop",
        "alerts": AlertCounts(count=number), "group_id": f"g{number}", "affected_components": [],
    }  # fmt: skip
    told = IncidentFact.model_validate(fact.model_dump() | plain | changes)
    return make("incident.changed.v1", subject=told.id, sequence=sequence, time=BEGAN, data=told)


def alert(number: int, source: str) -> Event:
    fact = example("alert.opened.v1").data
    assert isinstance(fact, AlertFact)
    told = fact.changed(id=f"a{number}", group_id=f"g{number}", source=source, starts_at=BEGAN)
    return make("alert.opened.v1", subject=told.id, sequence=1, time=BEGAN, data=told)


def page(number: int, of: int, at: timedelta, user: str = "sara") -> Event:
    fact = example("page.delivered.v1").data
    assert isinstance(fact, PageResult)
    told = fact.changed(page_id=f"p{number}", incident_id=f"INC-{of}", at=BEGAN + at, user_id=user, time_zone="UTC")
    return make("page.delivered.v1", subject=told.page_id, sequence=3, time=BEGAN, data=told)


def action(number: int, of: int, due_on: date) -> Event:
    told = ActionFact(
        id=f"act_{number}", postmortem_id="pm", incident_id=f"INC-{of}", title="Rotate", state=ActionState.DONE,
        due_on=due_on, created_at=BEGAN, updated_at=BEGAN, closed_at=BEGAN,
    )  # fmt: skip
    return make("action.changed.v1", subject=told.id, sequence=1, time=BEGAN, data=told)


def history() -> list[Event]:
    met = SlaTimes(
        response_due_at=BEGAN + minutes(30),
        responded_at=BEGAN + minutes(2),
        resolution_due_at=BEGAN + minutes(5),
        resolved_at=BEGAN + minutes(11),
    )
    day = BEGAN.astimezone(UTC).date()
    return [
        incident(1, sla=[met]),
        incident(2, team="core", acknowledged_at=None, acknowledged_by=None),
        incident(3, severity=Severity.LOW, resolved_by="auto"),
        incident(4, drill_id="drill_1"),
        incident(5, merged_into="INC-1"),
        incident(6, imported=True, group_id=None, alerts=AlertCounts(), created_at=BEGAN - timedelta(days=40)),
        alert(1, "zabbix"),
        page(1, 1, minutes(1.5)),
        page(2, 1, minutes(3), "kenji"),
        action(1, 1, day),
        action(2, 1, day - timedelta(days=1)),
    ]


async def begun(harness: Harness, events: Sequence[Event]) -> tuple[Runtime, httpx2.AsyncClient]:
    runtime = await harness.start("analytics", build)
    client = harness.client(runtime)
    await harness.publish(*events)
    for name in COPIES:
        ids = {one.subject for one in events if one.type.startswith(name[:-1])}
        count = partial(runtime.database.collection(name).count_documents, {})
        await eventually(count, until=partial(eq, len(ids)))
    await eventually(lambda: report(client), until=lambda found: _is_whole(found, events))
    return runtime, client


def _is_whole(found: dict[str, Any], events: Sequence[Event]) -> bool:
    return bool(found["figures"]["actions_in_time"]["n"] == any(one.type == "action.changed.v1" for one in events))


async def report(client: httpx2.AsyncClient, path: str = "/reports/dashboard", **asked: Any) -> dict[str, Any]:
    answer = await client.get(path, params=MONTH | asked)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_month_is_told_in_figures_beside_the_month_before(harness: Harness) -> None:
    _, client = await begun(harness, history())
    found = await report(client, group_by="source")
    figures = found["figures"]
    assert list(figures) == [one.name for one in FIGURES]
    assert (figures["incidents"]["value"], figures["incidents"]["previous"]["value"]) == (3, 1)
    acknowledged = figures["time_to_acknowledge"]
    assert (acknowledged["n"], acknowledged["pending"], acknowledged["mean"]) == (2, 1, 120.0)
    assert (acknowledged["median"], acknowledged["p90"]) == (120.0, 168.0)
    assert [one["key"] for one in acknowledged["groups"]] == ["manual", "zabbix"]
    assert figures["time_to_page"]["mean"] == 30.0
    assert (figures["resolved_by_itself"]["value"], figures["alerts_per_incident"]["value"]) == (1 / 3, 2.0)
    assert (figures["actions_in_time"]["value"], figures["response_in_time"]["value"]) == (0.5, 1.0)
    assert figures["time_to_resolve"]["chart"] == {
        "kind": "bar", "x": "source", "series": ["mean", "median", "p90", "n"], "unit": "seconds",
    }  # fmt: skip
    assert [one["component"] for one in found["components"]] == ["payments"]
    assert found["components"][0]["failures"] == 2
    assert {one["person"]: one["pages"] for one in found["people"]} == {"sara": 1, "kenji": 1}
    assert found["complete"] is True
    table = await client.get("/reports/dashboard", params=MONTH, headers={"Accept": "text/csv"})
    assert table.headers["Content-Type"].startswith("text/csv")
    assert "time_to_page,seconds,,,,1,2,30.0," in table.text


async def test_every_figure_opens_down_to_its_incidents_page_by_page(harness: Harness) -> None:
    _, client = await begun(harness, history())
    for name, figure in (await report(client))["figures"].items():
        ids: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            part = await report(client, f"/reports/figures/{name}/incidents", limit=1, **more)
            assert part["n"] == figure["n"], name
            ids += [one["id"] for one in part["items"]]
            cursor = part["next_cursor"]
        assert len(ids) == len(set(ids)) == figure["n"], name
        waiting = await report(client, f"/reports/figures/{name}/incidents", pending=True)
        assert waiting["n"] == figure["pending"], name
    part = await report(client, "/reports/figures/time_to_acknowledge/incidents", group_by="person", group="sara")
    assert [(one["id"], one["value"], one["title"]) for one in part["items"]] == [
        ("INC-3", 180.0, "Disk full on web03"),
        ("INC-1", 60.0, "Disk full on web01"),
    ]


async def test_the_order_and_repetition_of_events_changes_no_digit(harness: Harness) -> None:
    events = history()
    runtime, client = await begun(harness, events)
    first = await client.get("/reports/dashboard", params=MONTH | {"group_by": "component"})
    for name in COPIES:
        await runtime.database.collection(name).drop()
    await harness.stop(runtime)
    shuffled = [*events, *events[:6], incident(1, 0, title="older", team="core")]
    random.Random(7).shuffle(shuffled)
    _, client = await begun(harness, shuffled)
    await eventually(lambda: report(client), until=lambda found: found["figures"]["pages"]["value"] == 2)
    again = await client.get("/reports/dashboard", params=MONTH | {"group_by": "component"})
    assert again.content == first.content


async def test_a_key_of_a_team_counts_its_own(harness: Harness) -> None:
    runtime, client = await begun(harness, history())
    assert (await report(client))["figures"]["incidents"]["value"] == 3
    limited = harness.client(runtime, LIMITED)
    assert (await report(limited))["figures"]["incidents"]["value"] == 2
    assert (await report(limited, team="core"))["figures"]["incidents"]["value"] == 0
    opened = await report(limited, "/reports/figures/incidents/incidents")
    assert [one["id"] for one in opened["items"]] == ["INC-3", "INC-1"]
    assert "core" not in str(await report(limited, group_by="team"))


async def test_promises_are_told_by_priority(harness: Harness) -> None:
    _, client = await begun(harness, history())
    found = await report(client, "/reports/sla")
    assert (found["response"]["met"], found["resolution"]["breached"], found["group_by"]) == (1, 1, "priority")
    assert [(one["key"], one["response"]["n"]) for one in found["groups"]] == [("high", 1)]


async def test_what_is_asked_wrongly_is_named(harness: Harness) -> None:
    client = harness.client(await harness.start("analytics", build))
    for asked, pointer in (
        ({"from": "2026-10-02", "to": "2026-10-02"}, "/to"),
        ({"from": "2026-10-02", "to": "2026-10-01"}, "/to"),
        ({"from": "0900-01-01", "to": "2026-01-01"}, "/from"),
        ({"from": "1970-01-01", "to": "2026-01-01", "group_by": "day"}, "/group_by"),
        ({"group_by": "colour"}, "/group_by"),
        ({"quarter": "2026Q5"}, "/quarter"),
        ({"month": "2026-10", "quarter": "2026Q4"}, "/quarter"),
        ({"zone": "Mars"}, "/zone"),
        ({"severity": "bad"}, "/severity"),
        ({"colour": "red"}, "/colour"),
    ):
        answer = await client.get("/reports/dashboard", params=asked)
        assert answer.status_code == 422, answer.text
        assert pointer in answer.json()["errors"][0]["pointer"], answer.text
    assert (await client.get("/reports/figures/beauty/incidents")).status_code == 404
    refused = await client.get("/reports/figures/pages/incidents", params={"group": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/group_by")
    seventies = {"from": "1970-01-01", "to": "1970-02-01", "group_by": "day"}
    empty = (await client.get("/reports/dashboard", params=seventies)).json()
    assert (empty["figures"]["time_to_resolve"]["mean"], len(empty["figures"]["incidents"]["groups"])) == (None, 31)
