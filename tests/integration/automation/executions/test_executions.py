"""Executions on real parts: each kind of step, who starts and answers them, dry runs, and what others are told."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from services.automation.app import build
from services.automation.scripts.choice import SandboxOnly
from shared.events.automation import ExecutionFact, NoticeFact
from shared.testing.harness import Harness, eventually
from shared.testing.http_stub import HttpStub
from shared.testing.plain_http import Reply
from shared.vocabulary import Role
from tests.integration.automation.stage import Stage, changed, fired, open_stage
from tests.unit.automation.builders import INCIDENT, make_alert, make_incident, step

pytestmark = pytest.mark.integration


@pytest.fixture
async def stage(harness: Harness) -> Stage:
    harness.settings = harness.settings.model_copy(update={"outbound_allow": ["127.0.0.0/8"]})
    return await open_stage(harness)


def states(execution: dict[str, Any]) -> list[str]:
    return [one["state"] for one in execution["steps"]]


async def test_a_runbook_goes_from_step_to_step_and_everybody_is_told(stage: Stage) -> None:
    with HttpStub([Reply(200, {}, b"drained")]) as server:
        runbook = await stage.runbook(
            step("http", url=server.url + "/hosts/{{ alert.labels.host }}", method="POST"),
            step("script", script='echo "cleaning $path"'),
            step("wait", timeout_seconds=1),
            step("notify", message="{{ incident.title }} is clean", to=[{"type": "user", "id": "noor"}]),
            parameters=[{"name": "path", "default": "/srv/{{ incident.service_id }}"}],
        )
        await stage.harness.publish(fired(make_alert()))
        await stage.incident()
        begun = await stage.run(runbook)
        assert begun["state"] == "running"
        ended = await stage.until(begun["id"])
    assert (ended["state"], states(ended)) == ("succeeded", ["succeeded"] * 4), ended
    assert [one["output"] for one in ended["steps"][:2]] == ["drained", "cleaning /srv/payments\n"]
    assert ended["steps"][1]["exit_code"] == 0
    assert ended["parameters"] == {"path": "/srv/payments"}
    assert server.requests[0].path == "/hosts/db-1"
    started = await stage.harness.event("execution.started.v1")
    finished = await stage.harness.event("execution.finished.v1")
    assert isinstance(started.data, ExecutionFact)
    assert isinstance(finished.data, ExecutionFact)
    assert (started.subject, started.data.started_by, finished.data.state) == (begun["id"], "tester", "succeeded")
    notice = await stage.harness.event("notice.requested.v1")
    assert isinstance(notice.data, NoticeFact)
    assert (notice.data.text, notice.data.people) == ("Disk of payments-db-1 is full is clean", ["noor"])
    assert all(b"cleaning" not in event.encode() for event in stage.harness.events), "no output is in an event"


async def test_the_text_of_a_step_is_read_from_where_the_reader_is(stage: Stage) -> None:
    runbook = await stage.runbook(step("script", script="seq 1 30000; printf '\\377\\000x'"))
    await stage.incident()
    ended = await stage.until((await stage.run(runbook))["id"])
    whole = "".join(f"{n}\n" for n in range(1, 30001)) + "\ufffd\x00x"
    path, after, text = f"/executions/{ended['id']}/steps/1/output", 0, ""
    while True:
        part = (await stage.api.get(path, params={"after": after})).json()
        text, after = text + part["text"], part["next_after"]
        if part["is_complete"]:
            break
    assert text == whole
    assert (await stage.api.get(path, params={"after": len(whole) - 3})).json()["text"] == whole[-3:]
    assert ended["steps"][0]["output"] == whole[-4000:]
    assert ended["steps"][0]["output_size"] == len(whole)
    assert (await stage.api.get(f"/executions/{ended['id']}/steps/2/output")).status_code == 404


FAILURES: list[tuple[Any, str, list[str]]] = [
    ("stop", "failed", ["failed", "skipped", "skipped"]),
    ("continue", "succeeded", ["failed", "succeeded", "succeeded"]),
    ({"run": "help"}, "failed", ["failed", "skipped", "succeeded"]),
]


async def test_what_follows_a_failure_is_what_the_step_says(stage: Stage) -> None:
    await stage.incident()
    for on_failure, state, steps in FAILURES:
        runbook = await stage.runbook(
            step("script", name="break", script="exit 3", on_failure=on_failure),
            step("script", name="next", script="true"),
            step("script", name="help", script="true"),
        )
        ended = await stage.until((await stage.run(runbook))["id"])
        assert (ended["state"], states(ended)) == (state, steps), on_failure
        assert ended["steps"][0]["exit_code"] == 3
        assert ended["reason"] == ("exit_code" if state == "failed" else None)


async def test_a_step_by_hand_waits_until_somebody_says_how_it_went(stage: Stage) -> None:
    runbook = await stage.runbook(step(name="look", instructions="Look at {{ incident.service_name }}"), step(name="b"))
    await stage.incident()
    id_ = (await stage.run(runbook))["id"]
    waiting = await stage.until(id_, "waiting")
    assert (waiting["waiting"]["kind"], waiting["waiting"]["asks"]) == ("manual", "Look at Payments")
    told = await stage.harness.event("execution.waiting.v1")
    assert told.data.model_dump()["waiting"]["needs_approval"] is False
    viewer = stage.as_("vera", role=Role.VIEWER)
    assert (await viewer.post(f"/executions/{id_}/steps/1/complete")).status_code == 403
    assert (await stage.api.post(f"/executions/{id_}/steps/2/complete")).status_code == 409
    assert (await stage.api.post(f"/executions/{id_}/steps/9/complete")).status_code == 404
    assert (await stage.api.post(f"/executions/{id_}/approve")).json()["code"] == "not_waiting"
    done = await stage.as_("noor").post(f"/executions/{id_}/steps/1/complete", json={"note": "it is the log"})
    assert (done.status_code, done.json()["steps"][0]["detail"]) == (200, "it is the log")
    await eventually(lambda: stage.read(id_), until=lambda one: one["waiting"] and one["waiting"]["n"] == 2)
    await stage.api.post(f"/executions/{id_}/steps/2/complete", json={"outcome": "failed"})
    ended = await stage.until(id_)
    assert (ended["state"], ended["reason"], ended["steps"][1]["done_by"]["name"]) == (
        "failed",
        "said_failed",
        "tester",
    )


async def test_a_dangerous_step_waits_for_somebody_else_compared_by_person(stage: Stage) -> None:
    runbook = await stage.runbook(step("script", name="drop", script="echo dropped", dangerous=True))
    await stage.incident()
    id_ = (await stage.run(runbook, by=stage.as_("sara")))["id"]
    waiting = await stage.until(id_, "waiting")
    assert waiting["waiting"]["kind"] == "approval"
    assert stage.place.ran == []
    own = await stage.as_("sara", role=Role.ADMIN).post(f"/executions/{id_}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "own_approval")
    assert (await stage.as_("vera", role=Role.VIEWER).post(f"/executions/{id_}/approve")).status_code == 403
    approved = await stage.as_("kenji").post(f"/executions/{id_}/approve", json={"note": "go"})
    assert approved.status_code == 200, approved.text
    ended = await stage.until(id_)
    assert ended["state"] == "succeeded"
    assert ended["steps"][0]["approved_by"]["user_id"] == "kenji"
    assert (await stage.as_("noor").post(f"/executions/{id_}/approve")).json()["code"] == "execution_over"


async def test_keys_without_a_person_are_compared_as_keys(stage: Stage) -> None:
    runbook = await stage.runbook(step("approval", name="May it?"))
    await stage.incident()
    bot, other = stage.as_("bot", user=False), stage.as_("other-bot", user=False)
    id_ = (await stage.run(runbook, by=bot))["id"]
    await stage.until(id_, "waiting")
    assert (await bot.post(f"/executions/{id_}/approve")).status_code == 403
    assert (await other.post(f"/executions/{id_}/approve")).status_code == 200
    assert (await stage.until(id_))["state"] == "succeeded"


async def test_what_is_rejected_or_not_approved_in_time_has_failed(stage: Stage) -> None:
    runbook = await stage.runbook(step("script", dangerous=True, approval_seconds=1), step("approval", name="b"))
    await stage.incident()
    expired = await stage.until((await stage.run(runbook))["id"])
    assert (expired["state"], expired["reason"]) == ("failed", "approval_expired")
    again = await stage.runbook(step("script", dangerous=True))
    id_ = (await stage.run(again))["id"]
    await stage.until(id_, "waiting")
    assert (await stage.api.post(f"/executions/{id_}/reject", json={"note": "no"})).status_code == 200
    rejected = await stage.until(id_)
    assert (rejected["reason"], rejected["steps"][0]["detail"]) == ("rejected", "Rejected by tester: no")
    assert stage.place.ran == []


async def test_a_dry_run_shows_what_would_run_where_as_whom_and_why(stage: Stage) -> None:
    runbook = await stage.runbook(
        step("script", script='rm -rf "$path"', dangerous=True),
        step("http", url="https://example.org/{{ incident.id }}", headers={"X-Key": "{{ parameters.token }}"}),
        parameters=[{"name": "path", "default": "/tmp"}, {"name": "token", "type": "secret", "default": "s3cret"}],
        triggers=[{"service_id": "payments", "labels": {"host": "db-9"}}, {"title_regex": "(?i)DISK"}],
    )
    await stage.harness.publish(fired(make_alert(labels={"host": "db-1"})))
    incident = make_incident(title="disk (not yet)")
    await stage.harness.publish(changed(incident))
    shown = await stage.run(runbook, parameters={"path": "/srv"}, dry_run=True)
    assert (shown["state"], shown["dry_run"], states(shown)) == ("succeeded", True, ["skipped", "skipped"])
    assert shown["matched"] == {"trigger": 2, "criteria": ["title_regex=(?i)DISK"], "alert_id": "alert-1"}
    script, http = (one["plan"] for one in shown["steps"])
    assert script["what"] == '#!sh\nrm -rf "$path"'
    assert script["environment"] == {"path": "/srv", "token": "•••"}
    assert "sandbox" in script["where"]
    assert "X-Key: •••" in http["what"]
    assert f"GET https://example.org/{INCIDENT}" in http["what"]
    assert http["where"] == "example.org:443"
    assert stage.place.ran == []
    assert "s3cret" not in str(await stage.read(shown["id"]))


async def test_a_secret_reaches_the_script_and_is_seen_nowhere(stage: Stage) -> None:
    runbook = await stage.runbook(
        step("script", script='echo "the token is $token"; echo "$token" | rev'),
        parameters=[{"name": "token", "type": "secret", "default": "s3cret-token"}],
    )
    await stage.incident()
    ended = await stage.until((await stage.run(runbook))["id"])
    assert ended["steps"][0]["output"] == "the token is •••\nnekot-terc3s\n"
    assert ended["parameters"] == {"token": "•••"}
    stored = str([one async for one in stage.runtime.database.collection("executions").find({})])
    written = str([one async for one in stage.runtime.database.collection("execution_output").find({})])
    assert "s3cret-token" not in stored + written
    assert all(b"s3cret-token" not in event.encode() for event in stage.harness.events)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"runbook_id": "nowhere"}, "/runbook_id"),
    ({"parameters": {"unknown": "1", "count": 1}}, "/parameters/unknown"),
    ({"parameters": {"count": "many"}}, "/parameters/count"),
    ({}, "/parameters/count"),
    ({"parameters": {"count": 1}, "alert_id": "other"}, "/alert_id"),
]


async def test_what_can_not_be_run_is_refused_with_its_place(stage: Stage) -> None:
    runbook = await stage.runbook(parameters=[{"name": "count", "type": "integer"}])
    await stage.incident()
    for body, pointer in REFUSED:
        answer = await stage.api.post(f"/incidents/{INCIDENT}/run-action", json={"runbook_id": runbook, **body})
        assert answer.status_code == 422, answer.text
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


async def test_nothing_is_run_for_what_is_over_imported_or_unknown(stage: Stage) -> None:
    runbook = await stage.runbook()
    await stage.incident(id="INC-1", status="resolved")
    await stage.incident(id="INC-2", imported=True)
    for id_, status, code in (
        ("INC-1", 409, "incident_over"),
        ("INC-2", 409, "imported_incident"),
        ("INC-3", 404, "not_found"),
    ):
        answer = await stage.api.post(f"/incidents/{id_}/run-action", json={"runbook_id": runbook})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await stage.as_("vera", role=Role.VIEWER).post("/incidents/INC-1/run-action", json={})).status_code in (
        403,
        422,
    )


async def test_teams_run_and_see_their_own(stage: Stage) -> None:
    await stage.incident(id="INC-A", team="a")
    await stage.incident(id="INC-B", team="b")
    await stage.incident(id="INC-N", team=None)
    of_a = stage.as_("ada", "a")
    own, others, nobodys = [
        await stage.runbook(step("wait", timeout_seconds=0), team=team) for team in ("a", "b", None)
    ]
    mine = await stage.run(own, "INC-A", by=of_a)
    await stage.run(nobodys, "INC-A", by=of_a)
    theirs = await stage.run(others, "INC-B")
    of_nobody = await stage.run(nobodys, "INC-N")
    for incident, runbook, status in (("INC-B", own, 403), ("INC-N", nobodys, 403), ("INC-A", others, 422)):
        answer = await of_a.post(f"/incidents/{incident}/run-action", json={"runbook_id": runbook})
        assert answer.status_code == status, (incident, answer.text)
    seen = (await of_a.get("/executions")).json()["items"]
    assert [one["incident_id"] for one in seen] == ["INC-A", "INC-A"]
    assert (await of_a.get(f"/executions/{mine['id']}")).status_code == 200
    for one in (theirs, of_nobody):
        assert (await of_a.get(f"/executions/{one['id']}")).status_code == 404
        assert (await of_a.get(f"/executions/{one['id']}/steps/1/output")).status_code == 404
        assert (await of_a.post(f"/executions/{one['id']}/cancel")).status_code == 403


async def test_lists_go_on_from_page_to_page_newest_first_and_are_filtered(stage: Stage) -> None:
    host = [{"name": "host", "default": "db-1"}]
    waits, works = (
        await stage.runbook(step(name="by hand"), parameters=host),
        await stage.runbook(step("wait", timeout_seconds=0)),
    )
    await stage.incident()
    ids = [(await stage.run(works))["id"] for _ in range(4)]
    for one in ids:
        await stage.until(one)
    ids.append((await stage.run(waits))["id"])
    await stage.until(ids[-1], "waiting")
    found, cursor = [], None
    while True:
        page = (
            await stage.api.get("/executions", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == ids[::-1]
    waiting = (await stage.api.get("/executions", params={"state": "waiting"})).json()["items"]
    assert [(one["id"], one["steps"][0]["name"]) for one in waiting] == [(ids[-1], "by hand")]
    assert waiting[0]["parameters"] == {"host": "db-1"}, "as it was given, also in a list"
    of_runbook = (await stage.api.get("/executions", params={"runbook_id": works})).json()["items"]
    assert len(of_runbook) == 4


async def test_without_a_place_for_scripts_the_step_is_refused(harness: Harness) -> None:
    runtime = await harness.start("automation", partial(build, places=SandboxOnly()))
    stage = Stage(harness, runtime, None)  # type: ignore[arg-type]
    runbook = await stage.runbook(step("script"))
    await stage.incident()
    ended = await stage.until((await stage.run(runbook))["id"])
    assert (ended["state"], ended["reason"]) == ("failed", "refused")
    assert "no place for scripts is set up" in ended["detail"]
