"""`GET /reports/reliability` on the real parts: from events to figures that are computed by hand."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest

from services.analytics.app import build
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.communication import ImpactFact, ImpactState
from shared.events.incidents import IncidentFact, ServiceFact
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from shared.testing.plans import is_indexed
from shared.vocabulary import Category, Role, Severity

pytestmark = pytest.mark.integration

OCTOBER = datetime(2025, 10, 1, tzinfo=UTC)
OTHER_TEAM = Identity(key_id="k", name="k", role=Role.VIEWER, teams=("other",))
HOUR = timedelta(hours=1)


def service(id_: str, **changes: Any) -> Event:
    plain: dict[str, Any] = {"id": id_, "name": id_.title(), "team": "shop", "slo_target": 0.999, "slo_window_days": 30}
    return make("service.changed.v1", subject=id_, sequence=1, time=OCTOBER, data=ServiceFact(**plain | changes))


def incident(number: int, begin: float, end: float | None, sequence: int = 1, **changes: Any) -> Event:
    fact = example("incident.changed.v1").data
    assert isinstance(fact, IncidentFact)
    told = fact.changed(
        **{
            "id": f"INC-{number}",
            "title": f"Outage {number}",
            "service_id": "payments",
            "team": "shop",
            "severity": Severity.CRITICAL,
            "category": Category.FAILURE,
            "drill_id": None,
            "merged_into": None,
            "prediction_id": None,
            "group_id": None,
            "created_at": OCTOBER + begin * HOUR,
            "resolved_at": OCTOBER + end * HOUR if end is not None else None,
        }
        | changes
    )
    return make("incident.changed.v1", subject=told.id, sequence=sequence, time=OCTOBER, data=told)


def impact(id_: str, begin: float, end: float, state: ImpactState, service_id: str = "payments") -> Event:
    fact = ImpactFact(
        id=id_,
        page="acme",
        component_id="api",
        component_name="API",
        service_ids=[service_id],
        state=state,
        started_at=OCTOBER + begin * HOUR,
        ended_at=OCTOBER + end * HOUR,
    )
    return make("impact.changed.v1", subject=id_, sequence=1, time=OCTOBER, data=fact)


TOLD = (
    service("payments"),
    service("shop", slo_target=None, slo_window_days=None, team="other"),
    service("پرداخت", name="پرداخت"),
    incident(1, 10, 12),
    incident(2, 11, 13),
    incident(3, 20, 22, drill_id="drill"),
    incident(4, 30, 40, merged_into="INC-1"),
    incident(5, 50, 51, severity=Severity.LOW),
    incident(6, 100, 104, imported=True),
    incident(7, 200, 204, team="secret"),
    impact("i1", 201, 203, ImpactState.PARTIAL_OUTAGE),
    impact("i2", 300, 301, ImpactState.MAJOR_OUTAGE, "shop"),
)
SPENT = [("INC-6", 4 * 3600), ("INC-1", 2 * 3600), ("INC-2", 2 * 3600), ("INC-7", 3600)]
LOST = (3 + 4 + 1) * 3600


async def answered(api: httpx2.AsyncClient, **asked: Any) -> Any:
    response = await api.get("/reports/reliability", params={"month": "2025-10"} | asked)
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_month_is_told_as_json_csv_and_chart(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    api = harness.client(runtime)
    await harness.publish(*reversed(TOLD), *TOLD)

    async def of_payments() -> Any:
        found = (await answered(api))["services"]
        return next((one for one in found if one["service_id"] == "payments"), {"downtime_seconds": 0})

    payments = await eventually(of_payments, until=lambda one: bool(one["downtime_seconds"] == LOST), seconds=30)
    assert payments["uptime"] == 1 - LOST / (31 * 86_400)
    assert payments["failures"] == 4
    assert payments["budget"] == {
        "total_seconds": 2678.4,
        "spent_seconds": LOST,
        "left_seconds": 2678.4 - LOST,
        "left_share": (2_678_400 - LOST * 1000) / 2_678_400,
    }
    assert payments["burn_rate"] == LOST * 1000 / 2_678_400
    assert (payments["slo"]["target"], payments["slo"]["met"], payments["slo"]["state"]) == (0.999, False, "exhausted")
    assert [(one["incident_id"], one["seconds"]) for one in payments["spent_by"]] == SPENT
    assert [one["date"][-2:] for one in payments["days"]] == ["01", "05", "09"]
    whole = await answered(api)
    assert (whole["met"], whole["missed"], whole["counted_until"]) == (1, 1, "2025-11-01T00:00:00Z")
    assert [one["service_id"] for one in whole["services"]] == ["payments", "shop", "پرداخت"]
    # downtime that a status page alone tells of
    shop = (await answered(api, service_id="shop"))["services"]
    assert [(one["downtime_seconds"], one["slo"], one["spent_by"][0]["incident_id"]) for one in shop] == [
        (3600, None, None)
    ]
    assert [one["service_id"] for one in (await answered(api, team="other"))["services"]] == ["shop"]
    table = await api.get("/reports/reliability", params={"quarter": "2025Q4"}, headers={"Accept": "text/csv"})
    rows = {one["service_id"]: one for one in csv.DictReader(io.StringIO(table.text))}
    assert (rows["payments"]["downtime_seconds"], rows["پرداخت"]["uptime"]) == (f"{LOST}.0", "1.0")
    for path, accept in (("/reports/reliability", "image/svg+xml"), ("/reports/reliability.svg", "*/*")):
        chart = await api.get(path, params={"quarter": "1404Q3"}, headers={"Accept": accept})
        assert chart.headers["content-type"] == "image/svg+xml"
        assert "1404-07-01 to 1404-10-01" in chart.text
        ET.fromstring(chart.text)
    await only_its_teams_services_are_seen(harness.client(runtime, OTHER_TEAM))
    until = {"data.until": {"$gt": OCTOBER}}
    assert await is_indexed(runtime.database.collection("impacts"), until)


async def only_its_teams_services_are_seen(other: httpx2.AsyncClient) -> None:
    assert [one["service_id"] for one in (await answered(other))["services"]] == ["shop"]
    assert (await other.get("/reports/reliability?service_id=payments")).status_code == 404


@pytest.mark.parametrize(
    "asked, pointer",
    [
        ({"quarter": "2026Q9"}, "/quarter"),
        ({"quarter": "2026Q1", "month": "2026-01"}, "/quarter"),
        ({"zone": "Mars"}, "/zone"),
        ({"calendar": "mayan"}, "/calendar"),
        ({"from": "2000-01-01", "to": "2026-01-01"}, "/from"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_what_is_wrong_is_named(harness: Harness, asked: dict[str, str], pointer: str) -> None:
    api = harness.client(await harness.start("analytics", build))
    refused = await api.get("/reports/reliability", params=asked)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
