"""Pages that wait for a runbook, on real parts: they come when its time is over, whoever is dead by then, or at once
where it fails, and not at all where all is well before.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from pymongo import monitoring

from services.automation.app import build as build_automation
from services.oncall.app import build
from shared.events import make
from shared.events.automation import HOLDING_RUNS, RunbookFact
from shared.events.oncall import PageFact
from shared.testing.harness import Harness, eventually
from shared.testing.plans import Heard
from tests.integration.automation.stage import Stage
from tests.integration.oncall.test_oncall import World
from tests.integration.script_place import ShellPlace, shell_places
from tests.unit.automation.builders import step
from tests.unit.oncall.escalations import make_incident, make_run, make_runbook

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)
TRIGGERS = [{"service_id": "payments"}]


@pytest.fixture
async def world(harness: Harness) -> World:
    made = World(harness, await harness.start("oncall", build))
    await made.seed()
    return made


@pytest.fixture
async def stage(world: World) -> Stage:
    place = ShellPlace()
    runtime = await world.harness.start("automation", partial(build_automation, places=shell_places(place)))
    return Stage(world.harness, runtime, place)


async def tell(world: World, fact: RunbookFact) -> None:
    """Automation tells of a runbook, and on-call has heard of it."""
    now = datetime.now(UTC)
    await world.harness.publish(make("runbook.changed.v1", subject=fact.id, sequence=1, time=now, data=fact))
    await known(world, fact.id)


async def known(world: World, runbook_id: str) -> None:
    copies = world.runtime.database.collection("runbooks")
    await eventually(lambda: copies.find_one({"_id": runbook_id}))


def asked(world: World) -> PageFact:
    return world.pages()[0]


async def test_automation_is_dead_and_the_page_comes_when_the_hold_is_over(world: World) -> None:
    await tell(world, make_runbook(hold=2))
    began = datetime.now(UTC)
    await world.say("opened", make_incident())
    told = await world.harness.event("escalation.changed.v1")
    assert told.data.model_dump()["held_for"] == ["Clean"]
    explained = await world.explain()
    assert explained["summary"].startswith("Nobody is paged yet. The first page waits for the runbook “Clean”")
    assert explained["hold"]["ended_by"] is None
    assert await world.paged(1) == ["sara/mail 1.0 escalation"]
    late = (asked(world).requested_at - began).total_seconds()
    assert 2.0 <= late < 5.0
    assert (await world.explain())["hold"]["ended_by"] == "hold_over"


async def test_on_call_is_killed_while_it_holds_and_its_successor_pages_in_time(world: World) -> None:
    await tell(world, make_runbook(hold=4))
    began = datetime.now(UTC)
    await world.say("opened", make_incident())
    await world.harness.event("escalation.changed.v1")
    await world.harness.kill(world.runtime)
    await world.harness.start("oncall", build, instance="successor")
    assert await world.paged(1, seconds=20) == ["sara/mail 1.0 escalation"]
    late = (asked(world).requested_at - began).total_seconds()
    assert 4.0 <= late < 9.0
    await asyncio.sleep(0.5)
    assert len(world.pages()) == 1


async def test_a_runbook_that_fails_pages_at_once_with_the_end_of_its_output(world: World, stage: Stage) -> None:
    script = 'for n in $(seq 200); do echo "line $n"; done; echo "no space, token $token"; exit 3'
    runbook = await stage.runbook(
        step("script", name="Clean", script=script),
        parameters=[{"name": "token", "type": "secret", "default": "s3cret"}],
        triggers=TRIGGERS,
        hold_pages_seconds=600,
    )
    await known(world, runbook)
    await world.say("opened", make_incident())
    assert await world.paged(1) == ["sara/mail 1.0 escalation"]
    failed = asked(world).runbook
    assert failed is not None
    assert (failed.runbook_id, failed.step_name, failed.exit_code) == (runbook, "Clean", 3)
    assert failed.output.endswith("line 200\nno space, token •••")
    assert len(failed.output) == 500
    assert not failed.output_is_whole
    assert all(b"no space" not in event.encode() for event in world.harness.events if "page" not in event.type)
    hold = (await world.explain())["hold"]
    assert (hold["ended_by"], hold["failure"]["exit_code"], hold["failure"]["output"]) == ("runbook_failed", 3, "")
    left = stage.runtime.database.collection("holding_runs")
    await eventually(lambda: left.count_documents({}), until=lambda count: count == 0)


async def test_one_that_is_cancelled_or_rejected_pages_at_once_too(world: World, stage: Stage) -> None:
    dangerous = step("script", name="Clean", script="true", dangerous=True)
    runbook = await stage.runbook(dangerous, triggers=TRIGGERS, hold_pages_seconds=600)
    await known(world, runbook)
    for number, (answer, body) in enumerate([("cancel", {}), ("reject", {"note": "Not now."})], start=1):
        incident = f"INC-{number}"
        await world.say("opened", make_incident(id=incident))
        (found,) = await stage.of(incident)
        await stage.until(found["id"], "waiting")
        assert len(world.pages()) == number - 1
        done = await stage.api.post(f"/executions/{found['id']}/{answer}", json=body)
        assert done.is_success, done.text
        await world.paged(number)
    failed = world.pages()[1].runbook
    assert failed is not None
    assert "Not now." in failed.detail


async def test_a_repeat_within_the_quiet_time_is_not_waited_for(world: World, stage: Stage) -> None:
    script = step("script", script="true")
    runbook = await stage.runbook(script, triggers=TRIGGERS, hold_pages_seconds=600, quiet_seconds=600)
    await known(world, runbook)
    await world.say("opened", make_incident(id="INC-1"))
    (first,) = await stage.of("INC-1")
    await stage.until(first["id"])
    await world.say("opened", make_incident(id="INC-2"))
    await world.paged(1)
    page = asked(world)
    assert page.incident.id == "INC-2"
    assert page.runbook is not None
    assert (page.runbook.reason, page.runbook.step) == ("quiet_time", 0)
    assert (await world.explain("INC-2"))["hold"]["ended_by"] == "runbook_not_begun"


async def test_what_is_over_before_had_nobody_paged_and_that_is_explained(world: World, stage: Stage) -> None:
    runbook = await stage.runbook(step("script", script="true"), triggers=TRIGGERS, hold_pages_seconds=2)
    await known(world, runbook)
    await world.say("opened", make_incident())
    explained = await eventually(world.explain, until=lambda told: _has(told, "runbook_succeeded"))
    assert explained["hold"]["runbooks"][0]["succeeded_at"] is not None
    await world.say("resolved", make_incident(status="resolved"))
    explained = await eventually(world.explain, until=lambda told: told["state"] == "ended")
    assert explained["summary"] == (
        "Nobody was paged. It was over while the first page waited for the runbook “Disk full”."
    )
    assert explained["hold"]["ended_by"] == "resolved"
    assert explained["hold"]["runbooks"][0]["criteria"] == ["service_id=payments"]
    await asyncio.sleep(2.5)
    assert world.pages() == []


async def test_what_is_told_of_a_runbook_before_its_incident_is_known_is_not_lost(world: World) -> None:
    await tell(world, make_runbook(hold=600))
    run = make_run("failed", detail="Step 1 has failed.", created_at=datetime.now(UTC), at=datetime.now(UTC))
    await world.harness.publisher.all_to_queue(HOLDING_RUNS, [b"no run", run.model_dump_json().encode()])
    runs = world.runtime.database.collection("runbook_runs")
    await eventually(lambda: runs.find_one({"_id": run.execution_id}))
    HEARD.database = world.runtime.database.name
    await world.say("opened", make_incident())
    assert await world.paged(1) == ["sara/mail 1.0 escalation"]
    assert (await world.explain())["hold"]["ended_by"] == "runbook_failed"
    later = run.changed(version=3, at=datetime.now(UTC))
    await world.harness.publisher.all_to_queue(HOLDING_RUNS, [later.model_dump_json().encode()])
    await eventually(lambda: runs.find_one({"_id": run.execution_id, "version": 3}))
    assert {"runbooks", "runbook_runs"} <= {one.collection for one in HEARD.asked}
    assert [one for one in await HEARD.scans(world.runtime.database) if one.query] == []


async def test_a_runbook_that_is_deleted_or_holds_nothing_is_not_waited_for(world: World, stage: Stage) -> None:
    for number, change in enumerate(["hold_pages_seconds", "delete"], start=1):
        runbook = await stage.runbook(step("script", script="true"), triggers=TRIGGERS, hold_pages_seconds=600)
        path = f"/runbooks/{runbook}"
        if change == "delete":
            assert (await stage.api.delete(path)).is_success
        else:
            body = {"name": "Disk full", "steps": [step("script", script="true")], "triggers": TRIGGERS}
            assert (await stage.api.put(path, json=body)).is_success
        copies = world.runtime.database.collection("runbooks")
        await eventually(partial(copies.find_one, {"_id": runbook, "seq": 2}))
        await world.say("opened", make_incident(id=f"INC-{number}"))
        await world.paged(number)


def _has(explained: dict[str, Any], rule: str) -> bool:
    return any(line["rule"] == rule for line in explained["lines"])
