"""Runbooks that start by themselves: when, once, and what is recorded of those that do not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import monitoring

from shared.testing.harness import Harness, eventually
from shared.testing.plans import Heard
from tests.integration.automation.stage import Stage, changed, fired, open_stage, opened
from tests.unit.automation.builders import INCIDENT, make_alert, make_incident, step

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)
ECHO = step("script", script='echo "host $host"')
HOST = [{"name": "host", "default": "{{ alert.labels.host }}"}]


@pytest.fixture
async def stage(harness: Harness) -> Stage:
    return await open_stage(harness)


async def settled(stage: Stage) -> None:
    """All that was published has been handled: what comes after it has been."""
    marker = make_incident("INC-MARK", service_id="marked", group_id=None)
    await stage.harness.publish(opened(marker))
    await stage.of("INC-MARK")


async def test_it_starts_when_an_incident_opens_with_what_its_alert_says(stage: Stage) -> None:
    await stage.runbook(
        ECHO, parameters=HOST, triggers=[{"service_id": "payments", "labels": {"alertname": "DiskFull"}}]
    )
    await stage.harness.publish(fired(make_alert()), opened())
    (found,) = await stage.of(seconds=10)
    ended = await stage.until(found["id"])
    assert ended["steps"][0]["output"] == "host db-1\n"
    assert (ended["is_triggered"], ended["started_by"]["kind"]) == (True, "tocsin")
    assert ended["matched"]["criteria"] == ["service_id=payments", "labels.alertname=DiskFull"]


async def test_it_starts_when_a_matching_alert_joins_and_never_again_whatever_is_told_twice(stage: Stage) -> None:
    runbook = await stage.runbook(ECHO, parameters=HOST, triggers=[{"labels": {"host": "db-2"}}])
    await stage.runbook(step(), id="marker", triggers=[{"service_id": "marked"}])
    first, second = fired(make_alert()), fired(make_alert("alert-2", labels={"host": "db-2"}))
    incident = opened()
    await stage.harness.publish(first, incident)
    await settled(stage)
    assert await stage.of(count=0) == []
    await stage.harness.publish(second)
    (found,) = await stage.of(seconds=10)
    assert (await stage.until(found["id"]))["steps"][0]["output"] == "host db-2\n"
    another = fired(make_alert("alert-3", labels={"host": "db-2"}))
    await stage.harness.publish(second, incident, first, another, changed(make_incident(), 3))
    marker = make_incident("INC-MARK-2", service_id="marked", group_id=None)
    await stage.harness.publish(opened(marker))
    await stage.of("INC-MARK-2")
    assert [one["runbook_id"] for one in await stage.of()] == [runbook]
    assert len(stage.place.ran) == 1


async def test_facts_that_are_told_again_for_a_lost_copy_start_nothing(stage: Stage) -> None:
    await stage.runbook(ECHO, id="any", triggers=[{"service_id": "payments"}])
    await stage.runbook(step(), id="marker", triggers=[{"service_id": "marked"}])
    await stage.harness.publisher.all_to_queue("automation", [opened().encode(), fired(make_alert()).encode()])
    await settled(stage)
    assert await stage.of(count=0) == []
    assert (await stage.run("any"))["state"] == "running", "but it is known"


async def test_in_a_drill_whose_runbooks_run_it_really_runs_and_keeps_no_real_one_from_it(stage: Stage) -> None:
    await stage.runbook(
        step("script", script="echo practised"), triggers=[{"service_id": "payments"}], quiet_seconds=600
    )
    await stage.harness.publish(opened(make_incident("INC-D", drill_id="drlrun_1", group_id=None)))
    (practised,) = await stage.of("INC-D")
    ended = await stage.until(practised["id"])
    assert (ended["dry_run"], ended["state"], ended["drill_id"]) == (False, "succeeded", "drlrun_1")
    assert ended["steps"][0]["output"] == "practised\n"
    await stage.harness.publish(opened(make_incident("INC-R", group_id=None)))
    (real,) = await stage.of("INC-R")
    assert (await stage.until(real["id"]))["state"] == "succeeded", "the drill's run is no quiet time for it"


async def test_in_a_drill_it_runs_dry_and_for_an_import_not_at_all(stage: Stage) -> None:
    await stage.runbook(ECHO, parameters=[{"name": "host", "default": "x"}], triggers=[{"service_id": "payments"}])
    await stage.runbook(step(), id="marker", triggers=[{"service_id": "marked"}])
    await stage.harness.publish(
        opened(make_incident("INC-D", drill_id="drill-1", group_id=None)),
        opened(make_incident("INC-I", imported=True, group_id=None)),
        opened(make_incident("INC-R", status="resolved", group_id=None)),
    )
    (drill,) = await stage.of("INC-D")
    await settled(stage)
    shown = await stage.read(drill["id"])
    assert (shown["dry_run"], shown["state"], shown["drill_id"]) == (True, "succeeded", "drill-1")
    assert shown["steps"][0]["plan"]["environment"] == {"host": "x"}
    assert await stage.of("INC-I", 0) == await stage.of("INC-R", 0) == []
    by_hand = await stage.run(drill["runbook_id"], "INC-D")
    assert by_hand["dry_run"] is True, "a person's in a drill is practice too"
    assert stage.place.ran == []


async def test_it_is_quiet_for_the_same_service_for_a_while_and_says_so(stage: Stage) -> None:
    await stage.runbook(
        ECHO, parameters=[{"name": "host", "default": "x"}], triggers=[{"category": "failure"}], quiet_seconds=600
    )
    await stage.harness.publish(opened(make_incident("INC-1", group_id=None)))
    (first,) = await stage.of("INC-1")
    await stage.harness.publish(
        opened(make_incident("INC-2", group_id=None)), opened(make_incident("INC-3", group_id=None, service_id="users"))
    )
    (second,), (third,) = await stage.of("INC-2"), await stage.of("INC-3")
    assert (second["state"], second["reason"]) == ("cancelled", "quiet_time")
    assert "quiet until" in second["detail"]
    assert {one["state"] for one in (await stage.until(first["id"]), await stage.until(third["id"]))} == {"succeeded"}
    told = await stage.harness.event("execution.finished.v1", lambda event: event.subject == second["id"])
    assert told.data.model_dump()["reason"] == "quiet_time"
    answer = await stage.api.post(f"/executions/{second['id']}/retry")
    assert answer.json()["code"] == "never_begun"


async def test_what_is_heard_too_late_or_can_not_be_filled_in_is_recorded(stage: Stage) -> None:
    await stage.runbook(ECHO, parameters=HOST, triggers=[{"service_id": "payments"}])
    old = opened(make_incident("INC-OLD", group_id=None)).changed(time=datetime.now(UTC) - timedelta(minutes=16))
    await stage.harness.publish(old, opened(make_incident("INC-NEW", group_id=None)))
    (late,), (empty,) = await stage.of("INC-OLD"), await stage.of("INC-NEW")
    assert (late["state"], late["reason"]) == ("cancelled", "too_late")
    assert (empty["state"], empty["reason"]) == ("failed", "no_value")
    assert empty["detail"].startswith("host: it has no value")
    assert stage.place.ran == []


async def test_a_teams_runbook_starts_for_its_teams_incidents_only(stage: Stage) -> None:
    await stage.runbook(step(), id="of-a", team="a", triggers=[{"category": "failure"}])
    await stage.runbook(step(), id="of-all", triggers=[{"category": "failure"}])
    await stage.harness.publish(
        opened(make_incident("INC-A", team="a", group_id=None)), opened(make_incident("INC-B", team="b", group_id=None))
    )
    assert {one["runbook_id"] for one in await stage.of("INC-A", 2)} == {"of-a", "of-all"}
    assert [one["runbook_id"] for one in await stage.of("INC-B")] == ["of-all"]


async def test_an_edit_counts_for_the_next_incident_and_a_deletion_too(stage: Stage) -> None:
    await stage.runbook(step(), id="r", triggers=[{"service_id": "users"}])
    await stage.runbook(step(), id="marker", triggers=[{"service_id": "marked"}])
    await settled(stage)
    body = {"name": "r", "steps": [step()], "triggers": [{"service_id": "payments"}]}
    assert (await stage.api.put("/runbooks/r", json=body)).status_code == 200
    await stage.harness.publish(opened())
    await stage.of()
    assert (await stage.api.delete("/runbooks/r")).status_code == 204
    await stage.harness.publish(opened(make_incident("INC-2", group_id=None)))
    marker = make_incident("INC-MARK-2", service_id="marked", group_id=None)
    await stage.harness.publish(opened(marker))
    await stage.of("INC-MARK-2")
    assert await stage.of("INC-2", 0) == []


async def test_two_replicas_start_it_once(harness: Harness) -> None:
    stage, other = await open_stage(harness), await open_stage(harness)
    await stage.runbook(ECHO, parameters=[{"name": "host", "default": "x"}], triggers=[{"service_id": "payments"}])
    events = [opened(make_incident(f"INC-{n}", group_id=None)) for n in range(20)]
    await harness.publish(*events, *events, *[fired(make_alert(f"a{n}")) for n in range(20)], *events)

    async def over() -> int:
        return await stage.runtime.database.collection("executions").count_documents({"state": "succeeded"})

    await eventually(over, until=lambda count: count == 20, seconds=30)
    await asyncio.sleep(0.5)
    ran = [*stage.place.ran, *other.place.ran]
    assert len(ran) == len({job.id for job in ran}) == 20
    assert INCIDENT not in {one["incident_id"] for one in await stage.of("INC-1")}


async def test_many_incidents_at_once_are_started_by_few_questions_and_the_limit_holds_among_them(stage: Stage) -> None:
    await stage.runbook(step("wait", timeout_seconds=0), triggers=[{"category": "failure"}])
    HEARD.asked.clear()
    HEARD.database = stage.runtime.database.name
    facts = [make_incident(f"INC-{n}", group_id=f"g{n}", service_id=f"s{n % 2}") for n in range(80)]
    await stage.harness.publish(*(opened(fact) for fact in facts))

    async def rows() -> list[dict[str, Any]]:
        answer = await stage.api.get("/executions", params={"limit": 200})
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    found = await eventually(rows, until=lambda seen: len(seen) == 80, seconds=30)
    asked = [one.collection for one in HEARD.asked]
    HEARD.database = ""
    too_many = [one for one in found if one["reason"] == "too_many"]
    assert {service: sum(one["service_id"] == service for one in too_many) for service in ("s0", "s1")} == {
        "s0": 10,
        "s1": 10,
    }
    assert asked.count("alerts") < 40, "not one by one"
