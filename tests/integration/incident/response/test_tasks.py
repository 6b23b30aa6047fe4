"""Tasks and checklists over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from services.incident.app import build
from shared.callers.identity import Identity
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role

pytestmark = pytest.mark.integration


async def test_tasks_come_from_the_list_of_the_day_and_are_done_and_added(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    client = harness.client(runtime)
    sara = harness.client(runtime, Identity(key_id="s", name="s", role=Role.RESPONDER, user_id="sara"))
    viewer = harness.client(runtime, Identity(key_id="v", name="screen", role=Role.VIEWER))
    assert (await sara.put("/incident-checklists/failure", json={"items": []})).status_code == 403
    old = (await client.post("/incidents", json={"title": "before"})).json()["id"]
    written = await client.put("/incident-checklists/failure", json={"items": ["look", "mend"]})
    assert (written.status_code, written.json()["built_in"]) == (200, False)
    key = (await client.post("/incidents", json={"title": "after"})).json()["id"]
    assert len((await viewer.get(f"/incidents/{old}/tasks")).json()["items"]) == 5
    tasks = (await viewer.get(f"/incidents/{key}/tasks")).json()["items"]
    assert [task["title"] for task in tasks] == ["look", "mend"]

    path = f"/incidents/{key}/tasks/{tasks[0]['id']}"
    done = await sara.patch(path, json={"state": "done", "assignee_id": "kenji"})
    assert (done.json()["state"], done.json()["done_by"], done.json()["assignee_id"]) == ("done", "sara", "kenji")
    added = await asyncio.gather(*(sara.post(f"/incidents/{key}/tasks", json={"title": f"t{n}"}) for n in range(3)))
    assert {answer.status_code for answer in added} == {201}
    assert (await viewer.get(added[0].headers["Location"])).json()["title"] == "t0"
    assert len((await viewer.get(f"/incidents/{key}/tasks")).json()["items"]) == 5

    async def said() -> list[str]:
        items = (await client.get(f"/incidents/{key}/timeline")).json()["items"]
        return [item["text"] for item in items if item["kind"] == "task"]

    assert "task done: look" in await eventually(said, until=lambda lines: len(lines) == 4)
    for answer, status in (
        (await viewer.patch(path, json={"state": "open"}), 403),
        (await sara.patch(path, json={"state": "half"}), 422),
        (await sara.patch(f"/incidents/{key}/tasks/none", json={}), 404),
        (await sara.post(f"/incidents/{key}/tasks", json={"title": " "}), 422),
        (await client.put("/incident-checklists/party", json={"items": []}), 422),
        (await client.get("/incidents/INC-404/tasks"), 404),
    ):
        assert answer.status_code == status, answer.text
    lists = (await viewer.get("/incident-checklists")).json()["items"]
    assert {one["category"]: one["built_in"] for one in lists}["failure"] is False
