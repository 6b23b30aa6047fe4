"""Steps that run, on real parts: output that grows, cancelling, going on after a failure, and processes that die."""

from __future__ import annotations

import time
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from services.automation.executions import progress, runner
from shared.testing.harness import Harness, eventually
from shared.testing.http_stub import HttpStub
from shared.testing.plain_http import Reply
from tests.integration.automation.stage import Stage, open_stage
from tests.unit.automation.builders import INCIDENT, step

pytestmark = pytest.mark.integration


@pytest.fixture
async def stage(harness: Harness) -> Stage:
    harness.settings = harness.settings.model_copy(update={"outbound_allow": ["127.0.0.0/8"]})
    return await open_stage(harness)


async def output(stage: Stage, id_: str, n: int = 1, after: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = (await stage.api.get(f"/executions/{id_}/steps/{n}/output", params={"after": after})).json()
    return found


async def running(stage: Stage, script: str, **changes: Any) -> str:
    """The id of an execution whose script has begun to write."""
    runbook = await stage.runbook(
        step("script", script=f"echo begun; {script}", **changes), step("wait", timeout_seconds=0)
    )
    await stage.incident()
    id_ = str((await stage.run(runbook))["id"])
    await eventually(partial(output, stage, id_), until=lambda part: "begun" in part["text"], seconds=15)
    return id_


async def test_output_is_read_while_it_grows_and_that_there_is_more_is_told_once_a_second(stage: Stage) -> None:
    id_ = await running(stage, "for n in 1 2 3 4 5 6 7 8 9 10; do echo $n; sleep 0.3; done")
    part = await output(stage, id_)
    assert part["is_complete"] is False
    more = await eventually(
        partial(output, stage, id_, after=part["next_after"]), until=lambda found: bool(found["text"])
    )
    assert (await stage.read(id_))["steps"][0]["output_size"] >= part["next_after"]
    ended = await stage.until(id_)
    whole = await output(stage, id_)
    assert whole["text"] == "begun\n" + "".join(f"{n}\n" for n in range(1, 11))
    assert whole["text"].startswith(part["text"] + more["text"])
    told = [event for event in stage.harness.events if event.type == "execution.progressed.v1" and event.subject == id_]
    times = sorted(event.time.timestamp() for event in told)
    assert len(told) >= 2
    assert all(later - earlier >= 1 for earlier, later in pairwise(times))
    assert ended["state"] == "succeeded"


async def test_ten_megabytes_and_bytes_that_are_no_text_are_cut_and_kept_as_such(stage: Stage) -> None:
    runbook = await stage.runbook(
        step("script", name="much", script="yes 0123456789 | head -c 10000000; echo end"),
        step("script", name="binary", script="head -c 300000 /dev/urandom"),
    )
    await stage.incident()
    ended = await stage.until((await stage.run(runbook))["id"], seconds=40)
    much, binary = ended["steps"]
    assert (ended["state"], much["output_cut"], much["output_size"]) == ("succeeded", True, 1024 * 1024)
    assert len(much["output"]) == 4000
    assert (binary["state"], binary["output_cut"]) == ("succeeded", False)
    text, after = "", 0
    while not (part := await output(stage, ended["id"], 2, after))["is_complete"]:
        text, after = text + part["text"], part["next_after"]
    assert len(text + part["text"]) == binary["output_size"]


async def test_a_script_that_runs_is_ended_when_somebody_cancels_it(stage: Stage) -> None:
    id_ = await running(stage, "trap '' TERM; sleep 60")
    began = time.monotonic()
    answer = await stage.as_("noor").post(f"/executions/{id_}/cancel")
    assert answer.status_code == 200, answer.text
    ended = await stage.until(id_)
    assert time.monotonic() - began < 6
    assert (ended["state"], ended["reason"], ended["cancelled_by"]["user_id"]) == ("cancelled", "cancelled", "noor")
    assert [one["state"] for one in ended["steps"]] == ["cancelled", "skipped"]
    assert ended["steps"][0]["output"] == "begun\n"
    assert (await stage.api.post(f"/executions/{id_}/cancel")).status_code == 200, "again is no other thing"


async def test_another_process_hears_of_it_too(harness: Harness) -> None:
    stage = await open_stage(harness)
    other = await open_stage(harness)
    id_ = await running(stage, "sleep 60")
    runs_it = stage if stage.place.ran else other
    hears_it = other if runs_it is stage else stage
    await hears_it.api.post(f"/executions/{id_}/cancel")
    assert (await stage.until(id_, seconds=10))["state"] == "cancelled"


async def test_a_person_has_it_go_on_from_the_step_that_failed(stage: Stage) -> None:
    with HttpStub([Reply(500, {}, b"no"), Reply(200, {}, b"yes")]) as server:
        runbook = await stage.runbook(
            step("script", script="echo once"),
            step("http", url=server.url, method="POST"),
            step("script", name="last", script="echo last"),
        )
        await stage.incident()
        failed = await stage.until((await stage.run(runbook))["id"])
        assert (failed["state"], failed["reason"]) == ("failed", "unexpected_answer")
        again = await stage.as_("noor").post(f"/executions/{failed['id']}/retry")
        assert again.status_code == 202, again.text
        ended = await stage.until(failed["id"], "succeeded")
    assert [one["attempt"] for one in ended["steps"]] == [1, 2, 1]
    assert [one["output"] for one in ended["steps"]] == ["once\n", "yes", "last\n"]
    assert (ended["attempt"], ended["retried_by"]["user_id"]) == (2, "noor")
    assert (await stage.api.post(f"/executions/{failed['id']}/retry")).json()["code"] == "not_failed"
    keys = [request.headers["idempotency-key"] for request in server.requests]
    assert len(set(keys)) == 2, "another attempt is another request"
    first = await stage.api.get(f"/executions/{ended['id']}/steps/2/output", params={"attempt": 1})
    assert (first.json()["text"], first.json()["is_complete"]) == ("no", True)


async def test_a_runbook_that_is_deleted_in_flight_goes_on_as_it_was_and_is_not_tried_again(stage: Stage) -> None:
    id_ = await running(stage, "sleep 2; exit 4")
    runbook = (await stage.read(id_))["runbook_id"]
    assert (await stage.api.delete(f"/runbooks/{runbook}")).status_code == 204
    ended = await stage.until(id_)
    assert (ended["state"], ended["steps"][0]["exit_code"]) == ("failed", 4)
    assert (await stage.api.post(f"/executions/{id_}/retry")).json()["code"] == "runbook_deleted"


async def test_runbooks_that_start_each_other_end_in_a_refusal(stage: Stage) -> None:
    address = f"http://127.0.0.1:{stage.runtime.port}/incidents/{INCIDENT}/run-action"
    token = dict(stage.api.headers)["x-tocsin-identity"]
    for name, other in (("ping", "pong"), ("pong", "ping")):
        await stage.runbook(
            step(
                "http",
                method="POST",
                url=address,
                headers={"X-Tocsin-Identity": token},
                body={"runbook_id": other},
                expect=[202],
            ),
            id=name,
        )
    await stage.incident()
    await stage.run("ping")
    found = await stage.of(count=2)
    ended = [await stage.until(one["id"]) for one in found]
    by_runbook = {one["runbook_id"]: one for one in ended}
    assert by_runbook["ping"]["state"] == "succeeded"
    assert (by_runbook["pong"]["state"], by_runbook["pong"]["reason"]) == ("failed", "unexpected_answer")
    assert "runbook_loop" in by_runbook["pong"]["steps"][0]["output"]
    assert len(await stage.of()) == 2


async def test_one_runbook_is_not_run_for_one_incident_without_end(stage: Stage) -> None:
    runbook = await stage.runbook(step("wait", timeout_seconds=0))
    await stage.incident()
    for _ in range(20):
        await stage.run(runbook)
    answer = await stage.api.post(f"/incidents/{INCIDENT}/run-action", json={"runbook_id": runbook})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_runs")


@pytest.mark.parametrize(
    "steps, reason, ran",
    [
        pytest.param([step("script", script="echo begun; sleep 60")], "outcome_unknown", 1, id="a script"),
        pytest.param([step("wait", timeout_seconds=1), step("script", script="echo ok")], None, 1, id="a wait"),
    ],
)
async def test_after_a_kill_it_is_failed_or_goes_on_and_no_script_runs_twice(
    harness: Harness, steps: list[dict[str, Any]], reason: str | None, ran: int
) -> None:
    stage = await open_stage(harness)
    runbook = await stage.runbook(*steps)
    await stage.incident()
    id_ = (await stage.run(runbook))["id"]
    await eventually(partial(stage.read, id_), until=lambda one: one["steps"][0]["state"] != "pending")
    if reason:
        await eventually(lambda: len(stage.place.ran) == 1)
    await harness.kill(stage.runtime)
    again = await open_stage(harness)
    ended = await again.until(id_, seconds=progress.LEASE.total_seconds() + runner.LOOK_SECONDS + 10)
    assert (ended["reason"], ended["steps"][0]["attempt"]) == (reason, 1)
    assert len(stage.place.ran) + len(again.place.ran) == ran


async def test_what_a_process_has_in_hand_when_it_is_told_to_end_is_written_down(harness: Harness) -> None:
    stage = await open_stage(harness)
    id_ = await running(stage, "sleep 60")
    await harness.stop(stage.runtime)
    again = await open_stage(harness)
    ended = await again.until(id_, seconds=15)
    assert (ended["state"], ended["reason"]) == ("failed", "outcome_unknown")
    assert "told to end" in ended["steps"][0]["detail"]
    assert again.place.ran == []
