"""A runbook's lines stand on its incident's timeline, each once; what its steps wrote comes there by no event."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from services.automation.app import build as build_automation
from services.incident.app import build as build_incident
from shared.events.automation import OUTPUT_LINES, OutputLine
from shared.testing.harness import Harness, eventually
from tests.integration.automation.stage import Stage
from tests.integration.script_place import ShellPlace, shell_places
from tests.unit.automation.builders import NOON, step

pytestmark = pytest.mark.integration


async def test_its_beginning_its_outputs_end_and_its_end_stand_there_once(harness: Harness) -> None:
    place = ShellPlace()
    runtime = await harness.start("automation", partial(build_automation, places=shell_places(place)))
    incidents = harness.client(await harness.start("incident", build_incident))
    stage = Stage(harness, runtime, place)
    runbook = await stage.runbook(
        step("script", name="Clean", script='echo "removed 7 files, key $token"; exit 3', on_failure="continue"),
        step("wait", timeout_seconds=0),
        parameters=[{"name": "token", "type": "secret", "default": "s3cret"}],
        triggers=[{"title_regex": "Disk"}],
    )
    incident = (await incidents.post("/incidents", json={"title": "Disk full"})).json()["id"]
    (found,) = await stage.of(incident)
    await stage.until(found["id"])

    async def ask() -> list[dict[str, Any]]:
        items = (await incidents.get(f"/incidents/{incident}/timeline")).json()["items"]
        return [item for item in items if item["kind"] == "runbook"]

    await eventually(ask, until=lambda lines: len(lines) == 3)
    again = OutputLine(
        id=f"{found['id']}:1:1",
        incident_id=incident,
        runbook_name="Disk full",
        n=1,
        step_name="Clean",
        succeeded=False,
        text="told again",
        at=NOON,
    )
    await harness.publisher.all_to_queue(OUTPUT_LINES, [again.model_dump_json().encode(), b"no line"])
    await harness.publish(*[event for event in harness.events if event.type.startswith("execution.")])
    await stage.run(runbook, incident)
    lines = await eventually(ask, until=lambda lines: len(lines) == 6)
    texts = [line["text"] for line in lines]
    assert "The runbook “Disk full” started by its rule (title_regex=Disk)." in texts
    assert "The runbook “Disk full” was started." in texts
    ends = [text for text in texts if "exit code 3" in text]
    assert ends == 2 * [
        "Step 1 “Clean” of the runbook “Disk full” failed with exit code 3. It wrote:\nremoved 7 files, key •••"
    ]
    assert {line["author"] for line in lines} == {"tocsin", "tester"}
    assert all(b"removed 7" not in event.encode() for event in harness.events)
    left = runtime.database.collection("output_lines")
    await eventually(lambda: left.count_documents({}), until=lambda count: count == 0)
