"""Runbooks over HTTP on real parts: JSON and YAML, versions, teams, secrets, and what is refused with which pointer."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from pymongo import monitoring

from services.automation.app import build
from shared.callers.identity import Identity
from shared.events.automation import RunbookFact
from shared.events.control import ReplayRequest
from shared.runtime import Runtime
from shared.testing.harness import Harness
from shared.testing.plans import Heard
from shared.vocabulary import Role
from tests.unit.automation.builders import step

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)
RUNBOOK = {
    "id": "disk-full",
    "name": "Disk full",
    "steps": [step("script", name="Clean", script='rm -rf -- "$path"/*\n', dangerous=True), step("wait", seconds=5)],
    "parameters": [{"name": "path", "default": "/tmp"}, {"name": "token", "type": "secret", "default": "s3cret"}],
    "triggers": [{"service_id": "payments", "title_regex": "(?i)disk"}],
    "quiet_seconds": 600,
    "hold_pages_seconds": 60,
}


@pytest.fixture
async def automation(harness: Harness) -> Runtime:
    return await harness.start("automation", build)


def as_(harness: Harness, runtime: Runtime, role: Role, *teams: str) -> httpx2.AsyncClient:
    return harness.client(runtime, Identity(key_id=role, name=role, role=role, teams=teams))


async def made(api: httpx2.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await api.post("/runbooks", json={**RUNBOOK, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def pointers(answer: httpx2.Response, status: int = 422) -> list[str]:
    assert answer.status_code == status, answer.text
    return [one["pointer"] for one in answer.json()["errors"]]


async def test_a_runbook_is_made_read_changed_and_kept_in_all_its_versions(
    harness: Harness, automation: Runtime
) -> None:
    api = harness.client(automation)
    assert (await made(api))["version"] == 1
    changed = {**RUNBOOK, "name": "Disk is full"}
    assert pointers(await api.put("/runbooks/disk-full", json=changed, headers={"If-Match": '"7"'}), 412) == []
    answer = await api.put("/runbooks/disk-full", json=changed, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["version"], answer.headers["ETag"]) == (200, 2, '"2"')
    past = await api.get("/runbooks/disk-full", params={"version": 1})
    assert (past.json()["name"], past.json()["version"]) == ("Disk full", 1)
    versions = (await api.get("/runbooks/disk-full/versions")).json()
    assert [(one["version"], one["name"], one["steps"]) for one in versions["items"]] == [
        (2, "Disk is full", 2),
        (1, "Disk full", 2),
    ]
    assert versions["next_cursor"] is None
    first = (await api.get("/runbooks/disk-full/versions", params={"limit": 1})).json()
    rest = await api.get("/runbooks/disk-full/versions", params={"limit": 1, "cursor": first["next_cursor"]})
    assert [one["version"] for one in rest.json()["items"]] == [1]
    assert pointers(await api.post("/runbooks", json=RUNBOOK), 409) == []


async def test_what_is_read_may_be_sent_back_and_changes_nothing(harness: Harness, automation: Runtime) -> None:
    api = harness.client(automation)
    await made(api)
    shown = (await api.get("/runbooks/disk-full")).json()
    answer = await api.put("/runbooks/disk-full", json=shown)
    assert answer.status_code == 200, answer.text
    kept = ("id", "version", "updated_at")
    assert {k: v for k, v in answer.json().items() if k not in kept} == {
        k: v for k, v in shown.items() if k not in kept
    }


async def test_others_are_told_what_starts_it_and_nothing_of_its_steps(harness: Harness, automation: Runtime) -> None:
    api = harness.client(automation)
    await made(api)
    told = await harness.event("runbook.changed.v1")
    assert isinstance(told.data, RunbookFact)
    assert (told.subject, told.sequence, told.data.hold_pages_seconds) == ("disk-full", 1, 60)
    assert b"rm -rf" not in told.encode()
    assert b"s3cret" not in told.encode()
    assert (await api.delete("/runbooks/disk-full")).status_code == 204
    gone = await harness.event("runbook.changed.v1", lambda event: event.sequence == 2)
    assert gone.data.model_dump()["deleted"] is True
    assert (await api.get("/runbooks/disk-full")).status_code == 404
    again = await api.put("/runbooks/disk-full", json=RUNBOOK)
    assert (again.status_code, again.json()["version"]) == (201, 3), "a later version than all before"


async def test_who_lost_its_copy_of_the_runbooks_is_told_again(harness: Harness, automation: Runtime) -> None:
    await made(harness.client(automation))
    request = ReplayRequest(types=["runbook.changed.v1"], reply_to="oncall")
    told = [event async for event in automation._snapshots["runbook.changed.v1"]()]
    assert [(event.subject, event.sequence) for event in told] == [("disk-full", 1)]
    assert request.types == [told[0].type]


async def test_a_secret_is_never_shown_and_stays_until_it_is_taken_away(harness: Harness, automation: Runtime) -> None:
    api = harness.client(automation)
    shown = await made(api)
    assert [one["has_default"] for one in shown["parameters"]] == [False, True]
    assert "s3cret" not in str(shown)
    stored = await automation.database.collection("runbooks").find_one({"_id": "disk-full"})
    assert "s3cret" not in str(stored)
    without = {**RUNBOOK, "parameters": [{"name": "token", "type": "secret"}]}
    kept = (await api.put("/runbooks/disk-full", json=without)).json()
    assert [one["has_default"] for one in kept["parameters"]] == [True]
    empty = {**RUNBOOK, "parameters": [{"name": "token", "type": "secret", "default": ""}]}
    taken = (await api.put("/runbooks/disk-full", json=empty)).json()
    assert [one["has_default"] for one in taken["parameters"]] == [False]


FAULTY: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "/name"),
    ({"steps": [step(name="x" * 10_000)]}, "/steps/0/name"),
    ({"steps": [step("magic")]}, "/steps/0"),
    ({"steps": [{"type": "http", "name": "x"}]}, "/steps/0/url"),
    ({"steps": [step(dangerus=True)]}, "/steps/0/dangerus"),
    ({"steps": [step("script", on="nowhere")]}, "/steps/0/on"),
    ({"steps": [step()] * 51}, "/steps"),
    ({"triggers": [{"title_regex": "(a"}]}, "/triggers/0/title_regex"),
    ({"triggers": [{"severty": "low"}]}, "/triggers/0/severty"),
    ({"triggers": [{}]}, "/triggers/0"),
    ({"parameters": [{"name": "LD_PRELOAD"}]}, "/parameters/0/name"),
    ({"hold_pages_seconds": 601}, "/hold_pages_seconds"),
    ({"id": "x.yaml"}, "/id"),
    ({"steps": [step(on_failure="explode")]}, "/steps/0/on_failure"),
]


async def test_what_is_wrong_is_refused_with_its_place(harness: Harness, automation: Runtime) -> None:
    api = harness.client(automation)
    found = [pointers(await api.post("/runbooks", json={**RUNBOOK, **changes})) for changes, _ in FAULTY]
    assert found == [[place] for _, place in FAULTY]


async def test_a_runbook_is_a_file_that_comes_back_as_it_went(harness: Harness, automation: Runtime) -> None:
    api = harness.client(automation)
    await made(api)
    file = await api.get("/runbooks/disk-full.yaml")
    assert file.headers["content-type"].startswith("application/yaml")
    assert "s3cret" not in file.text
    same = await api.put("/runbooks/disk-full.yaml", content=file.content)
    assert (same.status_code, same.json()["version"]) == (200, 2)
    assert same.json()["parameters"][1]["has_default"] is True
    assert (await api.get("/runbooks/disk-full.yaml")).text == file.text
    copy = await api.put("/runbooks/copy.yaml", content=file.content)
    assert (copy.status_code, copy.json()["steps"]) == (201, same.json()["steps"])
    other = await api.put("/runbooks/other.yaml", content=b"id: disk-full\nname: x\n")
    assert pointers(other) == ["/id"]
    assert pointers(await api.put("/runbooks/x.yaml", content=b"name: x\nsteps: [{type: http, name: a}]")) == [
        "/steps/0/url"
    ]
    for unreadable in (b"- a", b"a: &a [*a]", b"name: [", b"\xff\xfe"):
        assert (await api.put("/runbooks/x.yaml", content=unreadable)).status_code == 400


async def test_teams_see_and_write_their_own_and_all_see_nobodys(harness: Harness, automation: Runtime) -> None:
    admin = harness.client(automation)
    await made(admin)
    await made(admin, id="of-a", team="a")
    await made(admin, id="of-b", team="b")
    of_a = as_(harness, automation, Role.MANAGER, "a")
    assert [one["id"] for one in (await of_a.get("/runbooks")).json()["items"]] == ["disk-full", "of-a"]
    for path in ("/runbooks/of-b", "/runbooks/of-b.yaml", "/runbooks/of-b/versions"):
        assert (await of_a.get(path)).status_code == 404
    for id_, status in (("of-a", 200), ("of-b", 403), ("disk-full", 403)):
        answer = await of_a.put(f"/runbooks/{id_}", json={**RUNBOOK, "team": "a"})
        assert answer.status_code == status, (id_, answer.text)
    for team in (None, "b"):
        assert (await of_a.post("/runbooks", json={**RUNBOOK, "id": "new", "team": team})).status_code == 403
        assert (await of_a.put("/runbooks/of-a", json={**RUNBOOK, "team": team})).status_code == 403
    assert (await of_a.delete("/runbooks/of-b")).status_code == 403
    responder = as_(harness, automation, Role.RESPONDER)
    assert (await responder.get("/runbooks/of-b")).status_code == 200
    assert (await responder.put("/runbooks/of-b", json=RUNBOOK)).status_code == 403


async def test_the_kinds_of_steps_say_how_their_forms_look(harness: Harness, automation: Runtime) -> None:
    kinds = (await harness.client(automation).get("/runbooks/step-kinds")).json()["items"]
    assert [one["id"] for one in kinds] == ["approval", "http", "manual", "notify", "script", "wait"]
    examples = [one["example"] for one in kinds]
    token = [{"name": "token", "type": "secret"}]
    answer = await harness.client(automation).post(
        "/runbooks", json={"name": "All", "steps": examples, "parameters": token}
    )
    assert answer.status_code == 201, answer.text


async def test_every_runbook_that_is_shipped_is_taken_as_it_is(harness: Harness, automation: Runtime) -> None:
    api = harness.client(automation)
    shipped = (await api.get("/runbooks/examples")).json()["items"]
    assert [one["id"] for one in shipped] == ["disk-full", "restart-service"]
    for one in shipped:
        path = f"/runbooks/{one['id']}.yaml"
        answer = await api.put(path, content=one["yaml"], headers={"content-type": "application/yaml"})
        assert answer.status_code == 201, answer.text
        kept = (await api.get(f"/runbooks/{one['id']}")).json()
        assert (kept["name"], kept["description"]) == (one["name"], one["description"])
        assert kept["hold_pages_seconds"] > sum(step["timeout_seconds"] for step in kept["steps"]) - 1
    refused = await api.post("/runbooks", json={**RUNBOOK, "id": "examples"})
    assert refused.status_code == 422


async def test_no_question_reads_all_runbooks(harness: Harness) -> None:
    HEARD.database = f"{harness.settings.namespace}_automation"
    runtime = await harness.start("automation", build)
    api = harness.client(runtime)
    for number in range(5):
        await made(api, id=f"r{number}")
    await api.put("/runbooks/r1", json=RUNBOOK | {"id": None})
    for path in ("/runbooks", "/runbooks/r1", "/runbooks/r1.yaml", "/runbooks/r1/versions", "/runbooks/r1?version=1"):
        assert (await api.get(path)).status_code == 200, path
    await api.delete("/runbooks/r2")
    assert [event async for event in runtime._snapshots["runbook.changed.v1"]()]
    assert HEARD.asked
    assert await HEARD.scans(runtime.database) == []
