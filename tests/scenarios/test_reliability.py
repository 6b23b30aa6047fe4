"""Reliability as an SRE manager meets it: the report, and a budget that burns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.testing.harness import eventually
from tests.scenarios.world import World

HOUR = timedelta(hours=1)
LOOKED_SECONDS = 60
"""Budgets are looked at every 15 s; a busy machine needs longer."""


async def test_an_hour_of_downtime_is_reported_and_its_burn_pages(world: World) -> None:
    alice = await world.engineer("alice")
    policy = await world.policy((alice, 300))
    service = await world.service(policy, slo={"target": 0.999, "window_days": 30})
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    past = {
        "title": "Database lost",
        "created_at": (end - HOUR).isoformat(),
        "resolved_at": end.isoformat(),
        "status": "closed",
        "severity": "critical",
        "category": "failure",
        "service_id": service,
    }
    await world.post("/history/import", {"incidents": [past]})
    asked = {"from": (end - 4 * HOUR).isoformat(), "to": end.isoformat()}

    async def reported() -> Any:
        services = (await world.get("/reports/reliability", **asked))["services"]
        return next((one for one in services if one["service_id"] == service), {"downtime_seconds": 0})

    found = await eventually(reported, until=lambda one: bool(one["downtime_seconds"]), seconds=LOOKED_SECONDS)
    # one hour of four; a thousandth of four hours are 14.4 seconds
    assert (found["uptime"], found["downtime_seconds"], found["failures"]) == (0.75, 3600, 1)
    assert found["budget"] == {
        "total_seconds": 14.4, "spent_seconds": 3600, "left_seconds": -3585.6, "left_share": -249.0,
    }  # fmt: skip
    assert (found["burn_rate"], found["slo"]["met"], found["slo"]["state"]) == (250, False, "exhausted")
    assert [(one["title"], one["seconds"]) for one in found["spent_by"]] == [("Database lost", 3600)]
    page = await alice.paged(seconds=LOOKED_SECONDS)
    assert "error budget burns" in page.json()["incident"]["title"]
    (burning,) = [one for one in await world.incidents(service) if "error budget" in one["title"]]
    assert (burning["severity"], burning["service_id"]) == ("high", service)
    # what the alert opened is no failure, and no downtime
    after = await reported()
    assert (after["failures"], after["downtime_seconds"]) == (1, 3600)


async def test_while_an_incident_is_open_its_burn_is_a_line_on_its_timeline(world: World) -> None:
    alice, _, service = await world.on_call_team()
    promised = await world.api.patch(f"/services/{service}", json={"slo": {"target": 0.9999, "window_days": 1}})
    assert promised.status_code == 200
    await world.fire(service, severity="critical", category="failure")
    incident = (await world.incident(service))["id"]
    await alice.paged()
    await world.until_told(incident, "error budget of", seconds=LOOKED_SECONDS)
    assert len(await world.incidents(service)) == 1
    assert len(alice.posts()) == 1
