"""Roles over HTTP: assigned, handed over, ended, told with their duties; own ones defined; who takes part."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.callers.identity import Identity
from shared.events.command import RoleAssigned
from shared.events.incidents import IncidentFact
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role

pytestmark = pytest.mark.integration


async def opened(harness: Harness) -> tuple[httpx2.AsyncClient, httpx2.AsyncClient, httpx2.AsyncClient, str]:
    """Clients of an admin, a responder (sara) and a viewer, and the id of an incident."""
    runtime = await harness.start("incident", build)
    client = harness.client(runtime)
    sara = harness.client(runtime, Identity(key_id="s", name="Sara's key", role=Role.RESPONDER, user_id="sara"))
    viewer = harness.client(runtime, Identity(key_id="v", name="screen", role=Role.VIEWER))
    made = await client.post("/incidents", json={"title": "Disk full"})
    return client, sara, viewer, made.json()["id"]


async def lines(client: httpx2.AsyncClient, key: str, kind: str) -> list[tuple[str, str]]:
    items = (await client.get(f"/incidents/{key}/timeline")).json()["items"]
    return [(item["author"], item["text"]) for item in items if item["kind"] == kind]


async def test_a_role_is_assigned_handed_over_told_and_ended(harness: Harness) -> None:
    client, sara, viewer, key = await opened(harness)
    first = await sara.post(f"/incidents/{key}/roles", json={"role": "commander", "user_id": "sara"})
    assert (first.status_code, first.headers["Location"]) == (201, f"/incidents/{key}/roles")
    again = await sara.post(f"/incidents/{key}/roles", json={"role": "commander", "user_id": "sara"})
    assert (again.status_code, again.json()["version"]) == (200, first.json()["version"])
    await sara.post(f"/incidents/{key}/roles", json={"role": "commander", "user_id": "kenji"})
    shown = (await viewer.get(f"/incidents/{key}")).json()
    assert [(one["user_id"], one["ended_at"] is None) for one in shown["roles"]] == [("sara", False), ("kenji", True)]
    assert shown["roles"][1]["duties"][0].startswith("Lead the response")
    assert shown["participants"] == ["sara", "kenji"]
    told = await harness.event("role.assigned.v1", lambda event: event.sequence == 3)
    assert isinstance(told.data, RoleAssigned)
    assert (told.data.user_id, told.data.previous_user_id, told.subject) == ("kenji", "sara", key)
    changed = await harness.event("incident.changed.v1", lambda event: event.sequence == 3)
    assert isinstance(changed.data, IncidentFact)
    assert [one.user_id for one in changed.data.roles] == ["kenji"]
    said = await eventually(lambda: lines(client, key, "role"), until=lambda said: len(said) == 3)
    assert said[1:] == [
        ("sara", "Incident commander: sara until now"),
        ("sara", "Incident commander: kenji from now on, handed over by sara"),
    ]
    ended = await sara.delete(f"/incidents/{key}/roles/commander", params={"user_id": "kenji"})
    assert [one["ended_at"] is None for one in ended.json()["roles"]] == [False, False]
    assert (await sara.delete(f"/incidents/{key}/roles/commander")).status_code == 404
    assert len((await viewer.get(f"/incidents/{key}/roles")).json()["items"]) == 2


async def test_what_is_not_right_is_refused_by_name(harness: Harness) -> None:
    client, _, viewer, key = await opened(harness)
    for body, pointer in (
        ({"role": "king", "user_id": "sara"}, "/role"),
        ({"role": "commander"}, "/user_id"),
        ({"role": "commander", "user_id": "a b"}, "/user_id"),
    ):
        answer = await client.post(f"/incidents/{key}/roles", json=body)
        assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (422, [pointer])
    body = {"role": "commander", "user_id": "sara"}
    assert (await viewer.post(f"/incidents/{key}/roles", json=body)).status_code == 403
    assert (await client.post("/incidents/INC-404/roles", json=body)).status_code == 404
    stale = await client.post(f"/incidents/{key}/roles", json=body, headers={"If-Match": '"9"'})
    assert stale.status_code == 412


async def test_an_own_role_is_defined_edited_used_and_removed(harness: Harness) -> None:
    client, sara, viewer, key = await opened(harness)
    body = {"name": "Customer liaison", "duties": ["Call the big three"], "exclusive": False}
    assert (await sara.post("/incident-roles", json=body)).status_code == 403
    made = await client.post("/incident-roles", json=body)
    assert (made.status_code, made.headers["Location"]) == (201, "/incident-roles/customer_liaison")
    assert (await client.post("/incident-roles", json=body)).status_code == 409
    await sara.post(f"/incidents/{key}/roles", json={"role": "customer_liaison", "user_id": "sara"})
    held = await sara.post(f"/incidents/{key}/roles", json={"role": "customer_liaison", "user_id": "kenji"})
    assert [one["ended_at"] for one in held.json()["roles"]] == [None, None]
    assert held.json()["roles"][0]["duties"] == ["Call the big three"]
    edited = await client.patch(
        "/incident-roles/customer_liaison", json={"duties": []}, headers={"If-Match": made.headers["ETag"]}
    )
    assert (edited.json()["duties"], edited.json()["name"]) == ([], "Customer liaison")
    listed: list[dict[str, Any]] = (await viewer.get("/incident-roles")).json()["items"]
    assert [(one["id"], one["built_in"]) for one in listed][1:3] == [
        ("communications", True),
        ("customer_liaison", False),
    ]
    first = (await viewer.get("/incident-roles", params={"limit": 3})).json()
    rest = (await viewer.get("/incident-roles", params={"cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [one["id"] for one in listed]
    assert (await client.patch("/incident-roles/scribe", json={"name": "x"})).status_code == 409
    assert (await client.delete("/incident-roles/customer_liaison")).status_code == 204
    assert (await client.get("/incident-roles/customer_liaison")).status_code == 404


async def test_who_acknowledges_or_writes_takes_part_and_others_are_added_by_hand(harness: Harness) -> None:
    client, sara, viewer, key = await opened(harness)
    assert (await sara.post(f"/incidents/{key}/timeline", json={"text": "it is the disk"})).status_code == 201
    added = await client.post(f"/incidents/{key}/participants", json={"user_id": "kenji"})
    assert (added.status_code, added.json()["participants"]) == (201, ["sara", "kenji"])
    assert (await viewer.get(f"/incidents/{key}/participants")).json()["items"][1] == {"user_id": "kenji", "roles": []}
    gone = await client.delete(f"/incidents/{key}/participants/sara")
    assert gone.json()["participants"] == ["kenji"]
    assert (await sara.post(f"/incidents/{key}/ack")).json()["participants"] == ["kenji", "sara"]
    await client.post(f"/incidents/{key}/roles", json={"role": "scribe", "user_id": "kenji"})
    assert (await client.delete(f"/incidents/{key}/participants/kenji")).json()["code"] == "holds_a_role"


async def test_what_is_everybodys_is_not_changed_by_a_key_of_some_teams(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    whole = harness.client(runtime)
    team = harness.client(runtime, Identity(key_id="m", name="team's", role=Role.MANAGER, teams=("team-b",)))
    own = {"id": "driver", "name": "Driver", "duties": ["Drive"]}
    assert (await whole.post("/incident-roles", json=own)).status_code == 201
    refused = [
        await team.post("/incident-roles", json=own | {"id": "other"}),
        await team.patch("/incident-roles/driver", json={"name": "Other"}),
        await team.delete("/incident-roles/driver"),
        await team.put("/incident-checklists/failure", json={"items": ["nothing"]}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert (await team.get("/incident-roles/driver")).json()["name"] == "Driver"
    assert (await team.get("/incident-checklists/failure")).json()["built_in"] is True
