"""A pattern's draft becomes a runbook, which is run, and the pattern says how often it ended what the pattern is."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.analytics.app import build as build_analytics
from services.incident.app import build as build_incident
from shared.callers.identity import Identity
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role
from tests.integration.automation.stage import Stage, open_stage

pytestmark = pytest.mark.integration

YAML = {"Content-Type": "application/yaml"}
FIXED = {"actions_taken": ["restarted the pool"], "root_cause": "{{ leak }}"}


async def opened(incident: httpx2.AsyncClient, number: int) -> str:
    made = await incident.post("/incidents", json={"title": f"Database connection error on db-{number}"})
    return str(made.json()["id"])


async def first_pattern(client: httpx2.AsyncClient) -> dict[str, Any]:
    async def items() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await client.get("/knowledge-base/patterns")).json()["items"]
        return found

    found = await eventually(items, seconds=20, until=lambda found: bool(found and found[0]["runbook_draft"]))
    return found[0]


async def run_by_hand(stage: Stage, runbook: str, incident_id: str, *, outcome: str) -> None:
    async def begun() -> bool:
        answer = await stage.api.post(f"/incidents/{incident_id}/run-action", json={"runbook_id": runbook})
        return bool(answer.status_code == 202)

    await eventually(begun, seconds=20)
    (execution,) = await stage.of(incident_id)
    await stage.until(execution["id"], "waiting")
    done = await stage.api.post(f"/executions/{execution['id']}/steps/1/complete", json={"outcome": outcome})
    assert done.status_code == 200, done.text
    await stage.until(execution["id"])


async def uses(client: httpx2.AsyncClient, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    async def shown() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await first_pattern(client))["runbooks"]
        return found

    return await eventually(shown, seconds=40, until=lambda found: found == [wanted])


async def test_a_draft_becomes_a_runbook_and_the_pattern_says_how_often_it_ended_it(harness: Harness) -> None:
    incident = harness.client(await harness.start("incident", build_incident))
    stage = await open_stage(harness)
    runtime = await harness.start("analytics", build_analytics)
    analytics = harness.client(runtime)
    for number in range(3):
        await incident.post(f"/incidents/{await opened(incident, number)}/resolve", json=FIXED)
    draft = (await first_pattern(analytics))["runbook_draft"]
    made = await stage.api.put("/runbooks/pool.yaml", content=draft.encode(), headers=YAML)
    assert made.status_code == 201, made.text
    assert (made.json()["triggers"], [one["name"] for one in made.json()["steps"]]) == ([], ["restarted the pool"])

    for number, outcome in ((3, "done"), (4, "done"), (5, "failed")):
        key = await opened(incident, number)
        await run_by_hand(stage, "pool", key, outcome=outcome)
        await incident.post(f"/incidents/{key}/resolve", json=FIXED)
    name = made.json()["name"]
    used = {"id": "pool", "name": name, "ended": 2, "ran_for": 3}
    await uses(analytics, used)
    document = (await analytics.get("/knowledge-base/patterns.md")).text
    assert f"  - {name}: ended 2 of 3 (pool)" in document
    (cluster,) = (await analytics.get("/analytics/trends")).json()["clusters"]
    assert cluster["runbooks"] == [used]
    await remembers_after_its_database_was_lost(harness, runtime, stage)


async def remembers_after_its_database_was_lost(harness: Harness, runtime: Runtime, stage: Stage) -> None:
    for name in ("runbooks", "executions", "replays"):
        await runtime.database.collection(name).drop()
    await harness.stop(runtime)
    renamed = await stage.api.put("/runbooks/pool", json={"name": "Pool", "team": "data"})
    assert renamed.status_code == 200, renamed.text
    again = await harness.start("analytics", build_analytics)
    await uses(harness.client(again), {"id": "pool", "name": "Pool", "ended": 2, "ran_for": 3})
    other = Identity(key_id="k", name="shop", role=Role.VIEWER, teams=("shop",))
    assert (await harness.client(again, other).get("/knowledge-base/patterns")).json()["items"] == []
