"""The audit log on real parts: who did what, by several replicas into one chain, and tampering shows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.gateway.app import build
from services.gateway.audit_log.store import COLLECTION
from shared.testing.harness import eventually
from tests.integration.gateway.test_gateway import Town, code, limits, town

pytestmark = pytest.mark.integration

__all__ = ["limits", "town"]


async def notes(town: Town, count: int = 1, **query: Any) -> list[dict[str, Any]]:
    """The log, newest first, once it holds so many notes."""

    async def ask() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await town.client().get("/audit-log", params=query)).json()["items"]
        return items

    return await eventually(ask, seconds=5, until=lambda items: len(items) >= count)


async def verification(town: Town, **query: Any) -> dict[str, Any]:
    answer = await town.client().get("/audit-log/verification", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_who_did_what_is_told(town: Town) -> None:
    text, key_id = await town.key("responder", user_id="mina")
    await notes(town)
    await asyncio.sleep(0.05)  # that its making is not of the same moment as what follows
    before = town.runtime.clock.now()
    await town.client(text).post("/incidents/INC-1/ack", json={"note": "private words"})
    await town.client("tk_wrong").get("/incidents")
    await town.client(text).post("/services", json={})
    done = (await notes(town, kind="write", key_id=key_id))[0]
    assert (done["method"], done["path"], done["user_id"]) == ("POST", "/incidents/INC-1/ack", "mina")
    refused = await notes(town, 2, kind="refused")
    assert [(one["reason"], one["key_id"]) for one in refused] == [("role_too_low", key_id), ("unknown_key", None)]
    everything = (await town.client().get("/audit-log")).text
    assert "private words" not in everything
    assert text not in everything
    assert await notes(town, 0, to=(before - timedelta(minutes=5)).isoformat()) == []
    assert len(await notes(town, 3, **{"from": before.isoformat()})) == 3
    assert await notes(town, 0, **{"from": (before + timedelta(hours=1)).isoformat()}) == []


async def test_deliveries_are_not_told_but_that_a_tools_key_was_used(town: Town) -> None:
    made = (await town.client().post("/integrations", json={"name": "cron"})).json()
    tool = town.client(made["key"])
    for _ in range(5):
        await tool.post("/incidents/webhook", json={})
    used = await notes(town, kind="key_used")
    assert [one["key_id"] for one in used] == [made["id"]]
    assert [one["path"] for one in await notes(town)] == ["", "/integrations"]


async def test_signing_in_and_failing_to_is_told(town: Town) -> None:
    text, key_id = await town.key("viewer")
    browser = town.client(None)
    csrf = (await browser.post("/session", json={"key": text})).json()["csrf_token"]
    await town.client(None).post("/session", json={"key": "wrong"})
    failed, signed_in = (await notes(town, 2, path="/session"))[:2]
    assert (failed["kind"], failed["reason"]) == ("refused", "unknown_key")
    assert (signed_in["kind"], signed_in["key_id"]) == ("write", key_id)
    assert (await browser.delete("/session", headers={"X-Tocsin-CSRF": csrf})).status_code == 204
    signed_out = (await notes(town, 3, path="/session"))[0]
    assert (signed_out["method"], signed_out["key_id"]) == ("DELETE", key_id)


async def test_two_replicas_write_one_chain(town: Town) -> None:
    other = await town.harness.start("gateway", build, instance="gateway.2")
    here, there = town.client(), town.client(runtime=other)
    await asyncio.gather(*(client.post("/users", json={}) for _ in range(40) for client in (here, there)))
    found = await notes(town, 80, limit=200)
    assert [one["number"] for one in found] == list(range(80, 0, -1))
    assert all(later["before"] == earlier["hash"] for later, earlier in pairwise(found))
    whole = await verification(town)
    assert (whole["sound"], whole["checked"], whole["next_after"]) == (True, 80, None)
    part = await verification(town, after=30, limit=20)
    assert (part["sound"], part["checked"], part["through"], part["next_after"]) == (True, 20, 50, 50)
    first = await town.client().get("/audit-log", params={"limit": 50})
    rest = await town.client().get("/audit-log", params={"limit": 50, "cursor": first.json()["next_cursor"]})
    assert [one["number"] for one in first.json()["items"] + rest.json()["items"]] == list(range(80, 0, -1))


@pytest.mark.parametrize("tampering", ["changed", "taken out"])
async def test_what_was_changed_in_the_database_shows(town: Town, tampering: str) -> None:
    for _ in range(5):
        await town.client().post("/users", json={})
    await notes(town, 5)
    collection = town.runtime.database.collection(COLLECTION)
    if tampering == "changed":
        await collection.update_one({"_id": 3}, {"$set": {"key_id": "somebody-else"}})
    else:
        await collection.delete_one({"_id": 3})
    found = await verification(town)
    assert (found["sound"], found["first_broken"]) == (False, 3)


async def test_only_admins_of_the_whole_read_it(town: Town) -> None:
    for role, teams in (("manager", []), ("admin", ["red"])):
        text, _ = await town.key(role, teams=teams)
        assert (await town.client(text).get("/audit-log")).status_code == 403
        assert (await town.client(text).get("/audit-log/verification")).status_code == 403
    odd = await town.client().get("/audit-log", params={"from": "0001-01-01T00:00:00+14:00"})
    assert code(odd) == (422, "invalid")
    assert code(await town.client().get("/audit-log/verification?after=99")) == (422, "invalid")


async def test_a_process_that_ends_in_order_writes_its_last_notes(town: Town) -> None:
    await town.client().post("/users", json={})
    await town.harness.stop(town.runtime)
    town.runtime = await town.harness.start("gateway", build)
    assert [one["path"] for one in await notes(town)] == ["/users"]
