"""A drill from its plan to its report: it goes the whole way to real people, and touches nothing that is real."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.testing.harness import eventually
from tests.scenarios.world import LATE_SECONDS, World

STOPPED_SECONDS = 2.0
"""So soon nothing more comes of a drill that was stopped."""


async def plan(world: World, service: str, **fields: Any) -> dict[str, Any]:
    """A drill that begins now."""
    body = {"name": world.named("drill"), "scenario": "database-outage", "service_id": service, **fields}
    made: dict[str, Any] = await world.post("/drills", body, expect=201)
    return made


async def drilled(world: World, drill: str) -> dict[str, Any]:
    """The drill once it has an incident."""
    return await eventually(lambda: world.get(f"/drills/{drill}"), until=lambda one: bool(one["incidents"]))


async def test_a_drill_pages_real_people_and_is_scored(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    made = await plan(
        world,
        service,
        scenario={"alerts": [{"title": "the database is gone", "severity": "critical"}]},
        expected={"ack_within_seconds": 300, "roles": ["commander"]},
    )
    post = await engineer.paged()
    assert post.json()["drill"] is True
    assert "DRILL" in (await engineer.mailed()).subject
    drill = await drilled(world, made["id"])
    assert (drill["state"], drill["score"]) == ("running", None)
    incident = drill["incidents"][0]["id"]
    shown = await world.get(f"/incidents/{incident}")
    assert (shown["drill"], shown["severity"]) == (True, "critical")
    assert await world.incidents(service) == [], "lists leave drills out"
    await world.post(f"/incidents/{incident}/ack")
    await world.post(f"/incidents/{incident}/timeline", {"text": "the replica has no disk left"})
    await world.post(f"/incidents/{incident}/roles", {"role": "commander", "user_id": engineer.id})
    await world.post(f"/incidents/{incident}/resolve", {"root_cause": "practised"})
    done = await eventually(lambda: world.get(f"/drills/{made['id']}"), until=lambda one: one["score"] is not None)
    assert (done["state"], done["reason"], done["score"]["met"]) == ("finished", "all_resolved", True)
    team = done["score"]["team"]
    assert team["roles"] == ["commander"]
    assert None not in (team["acknowledged_after_seconds"], team["first_finding_after_seconds"])
    assert {one["user_id"] for one in done["score"]["people"]} >= {engineer.id}
    assert {one["channel"] for one in done["pages"]} == {"email", "webhook"}
    report = await world.api.get(f"/drills/{made['id']}.md")
    assert report.headers["content-type"].startswith("text/markdown")
    assert "Overall: as expected." in report.text
    again = await plan(world, service, scenario={"alerts": [{"title": "the database is gone"}]})
    second = (await drilled(world, again["id"]))["incidents"][0]["id"]
    assert second != incident
    await world.post(f"/incidents/{second}/resolve")
    last = await eventually(lambda: world.get(f"/drills/{again['id']}"), until=lambda one: one["score"] is not None)
    assert last["score"]["last"]["drill_id"] == made["id"]


async def test_nothing_of_a_drill_touches_what_is_real(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    made = await plan(world, service, scenario={"alerts": [{"title": "disk is in trouble", "dedup_key": "disk"}]})
    practised = (await drilled(world, made["id"]))["incidents"][0]["id"]

    await world.fire(service)
    real = await world.incident(service)
    assert (real["id"] != practised, real["drill"]) == (True, False)
    await engineer.paged(where=lambda page: page["incident"]["id"] == real["id"] and not page["drill"])
    assert (await world.get(f"/incidents/{practised}"))["alerts"]["count"] == 1

    slug = world.named("page")
    component = {"id": "shop", "name": "Shop", "service_ids": [service]}
    await world.post("/status-pages", {"slug": slug, "name": "Acme", "components": [component]})
    update = {"page": slug, "incident_id": practised, "status": "investigating", "message": "we look"}
    refused = await world.api.post("/status-pages/updates", json=update)
    assert (refused.status_code, "drill" in refused.text) == (409, True)
    told = {"template": "default", "to": ["boss@example.org"]}
    refused = await world.api.post(f"/incidents/{practised}/stakeholders/notify", json=told)
    assert (refused.status_code, "drill" in refused.text) == (409, True)
    trends = await world.get("/analytics/trends", service_id=service)
    assert trends["total"] <= 1
    found = await world.get("/knowledge-base/search", q="disk is in trouble", service_id=service)
    assert practised not in {one["id"] for one in found["items"]}
    await world.post(f"/drills/{made['id']}/cancel")
    assert (await world.get(f"/incidents/{real['id']}"))["status"] == "triggered", "the real one goes on"


async def test_a_drill_that_is_stopped_is_over_within_two_seconds(world: World) -> None:
    engineer, manager, service = await world.on_call_team(timeout=3)
    made = await plan(world, service, scenario={"alerts": [{"title": "a"}, {"title": "b", "after_seconds": 3}]})
    await engineer.paged()
    incident = (await drilled(world, made["id"]))["incidents"][0]["id"]
    began = time.monotonic()
    stopped = await world.post(f"/drills/{made['id']}/cancel")
    assert (stopped["state"], stopped["reason"]) == ("cancelled", "stopped")
    await world.becomes(incident, "resolved", seconds=STOPPED_SECONDS + LATE_SECONDS)
    over_after = time.monotonic() - began
    pages = len(engineer.posts())
    await eventually(lambda: time.monotonic() - began > 7, seconds=10)
    assert len(engineer.posts()) == pages
    assert manager.posts() == [], "the second step never began"
    drill = await world.get(f"/drills/{made['id']}")
    assert (drill["sent"], len(drill["incidents"])) == (1, 1)
    assert over_after < STOPPED_SECONDS + LATE_SECONDS
    again = await world.post(f"/drills/{made['id']}/cancel")
    assert (again["state"], again["ended_at"]) == ("cancelled", stopped["ended_at"]), "once more changes nothing"


async def test_a_past_incident_is_played_again_and_a_planned_drill_waits(world: World) -> None:
    _, _, service = await world.on_call_team()
    await world.fire(service, title="certificate expired")
    past = await world.incident(service)
    await world.resolve(service, title="certificate expired")
    await world.becomes(past["id"], "resolved")
    replay = await plan(world, service, scenario={"incident": past["id"]})
    assert (replay["scenario"], replay["alerts"][0]["title"]) == (past["id"], "certificate expired")
    incident = (await drilled(world, replay["id"]))["incidents"][0]
    assert incident["title"] == "certificate expired"
    await world.post(f"/drills/{replay['id']}/cancel")

    at = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    planned = await plan(world, service, starts_at=at, rrule="FREQ=MONTHLY;BYDAY=2TU", time_zone="Europe/Berlin")
    assert (planned["state"], planned["sent"]) == ("scheduled", 0)
    listed = (await world.get("/drills"))["items"]
    assert {planned["id"], replay["id"]} <= {one["id"] for one in listed}
    refused = await world.api.post("/drills", json={"name": "x", "scenario": {"incident": "INC-1"}})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/scenario/incident")
    await world.post(f"/drills/{planned['id']}/cancel")


async def test_a_drill_whose_runbooks_run_needs_a_manager_and_says_so_on_every_message(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    scenario = {"alerts": [{"title": "the disk is full", "severity": "critical"}]}
    body = {"name": "real", "scenario": scenario, "service_id": service, "run_runbooks": True}
    own = {**body, "service_id": None, "pages": {"user_ids": [engineer.id]}}
    key = await world.post("/api-keys", {"name": world.named("r"), "role": "responder", "user_id": engineer.id})
    answer = await world.api.post("/drills", json=own, headers={"authorization": f"Bearer {key['key']}"})
    assert answer.status_code == 403, "not even one that pages nobody else"
    for wrong in ({"id": world.named("mine")}, {"id": world.named("drlrun_x"), "run_runbooks": False}):
        refused = await world.api.post("/drills", json=body | wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/id"), refused.text
    team = (await world.get(f"/services/{service}"))["team"]
    steps = [{"type": "wait", "name": "rest", "timeout_seconds": 1}]
    await world.post(
        "/runbooks", {"name": world.named("r"), "team": team, "steps": steps, "triggers": [{"service_id": service}]}
    )
    made = await world.post("/drills", body, expect=201)
    assert (made["run_runbooks"], made["id"].startswith("drlrun_")) == (True, True)
    post = await engineer.paged()
    assert (post.json()["drill"], post.json()["drill_runs_runbooks"]) == (True, True)
    mail = await engineer.mailed()
    assert "its runbooks really run" in mail.text()
    incident = (await drilled(world, made["id"]))["incidents"][0]["id"]

    async def executions() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await world.get("/executions", incident_id=incident))["items"]
        return found

    (execution,) = await eventually(executions, until=lambda found: bool(found) and found[0]["state"] == "succeeded")
    assert (execution["dry_run"], execution["drill_id"]) == (False, made["id"])
    assert "Runbooks that match really run" in (await world.api.get(f"/drills/{made['id']}.md")).text
