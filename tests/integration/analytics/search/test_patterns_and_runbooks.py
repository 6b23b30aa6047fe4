"""Patterns and runbooks are found with their solution, by whom they are for, and after a restart too."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.analytics.app import build
from services.analytics.patterns.store import FOUND
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.automation import RunbookFact
from shared.events.incidents import IncidentFact
from shared.runtime import Runtime
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from shared.testing.plans import is_indexed
from shared.testing.story import BEGAN
from shared.vocabulary import Role

pytestmark = pytest.mark.integration

VIEWER = Identity(key_id="v", name="viewer", role=Role.VIEWER)
SHOP = VIEWER.model_copy(update={"teams": ("shop",)})
BOTH = VIEWER.model_copy(update={"teams": ("shop", "web")})
SECONDS = 60
"""Patterns are made anew at most every 20 seconds when nobody asks for them."""


def incident(number: int, team: str, fixed: str) -> Event:
    fact = example("incident.resolved.v1").data
    assert isinstance(fact, IncidentFact)
    plain: dict[str, Any] = {"drill_id": None, "merged_into": None, "root_cause": "", "preventive_measures": []}
    told = IncidentFact.model_validate(
        fact.model_dump()
        | plain
        | {
            "id": f"INC-20260101-{number:04}",
            "title": f"Narwhal queue stuck on node-{number}",
            "team": team,
            "actions_taken": [fixed],
            "created_at": BEGAN + timedelta(hours=number),
            "resolved_at": BEGAN + timedelta(hours=number + 1),
        }
    )
    return make("incident.resolved.v1", subject=told.id, sequence=number, time=BEGAN, data=told)


def runbook(sequence: int, **fields: Any) -> Event:
    plain: dict[str, Any] = {"id": "drain", "name": "Drain the zeppelin", "steps": ["stop intake", "drain it"]}
    fact = RunbookFact(**{**plain, "description": "For walrus trouble.", "updated_at": BEGAN, **fields})
    return make("runbook.changed.v1", subject=fact.id, sequence=sequence, time=BEGAN, data=fact)


async def ask(client: httpx2.AsyncClient, text: str, kind: str) -> list[dict[str, Any]]:
    await client.get("/knowledge-base/patterns", params={"limit": 1})  # made anew sooner when somebody asks for them
    answer = await client.get("/knowledge-base/search", params={"q": text, "kind": kind})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def found(client: httpx2.AsyncClient, text: str, kind: str, count: int = 1) -> list[dict[str, Any]]:
    return await eventually(lambda: ask(client, text, kind), until=lambda items: len(items) == count, seconds=SECONDS)


async def test_a_runbook_is_found_by_its_words_until_it_is_deleted(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    await harness.publish(runbook(1), runbook(1, id="theirs", team="web"))
    viewer, shop = (harness.client(runtime, one) for one in (VIEWER, SHOP))
    assert len(await found(viewer, "zeppelin", "runbook", 2)) == 2
    (one,) = await ask(shop, "zeppelin", "runbook")
    assert (one["id"], one["solution"]) == ("drain", "stop intake\ndrain it")
    assert [hit["id"] for hit in await ask(shop, "walrus", "runbook")] == ["drain"]
    await harness.publish(runbook(3, name="", deleted=True), runbook(2, name="Drain the zeppelin again"))
    await found(shop, "zeppelin", "runbook", 0)


async def test_a_pattern_is_found_by_whom_it_is_for_and_again_after_a_restart(harness: Harness) -> None:
    instance = f"knowledge-{secrets.token_hex(4)}"
    runtime = await harness.start("analytics", build, instance=instance)
    await harness.publish(
        *(incident(number, "web", "asked Acme") for number in (1, 2)),
        *(incident(number, "shop", "restarted it") for number in (3, 4, 5)),
    )
    await check_who_finds_it(harness, runtime)
    await harness.stop(runtime)
    again = await harness.start("analytics", build, instance=instance)
    (whole,) = await found(harness.client(again, VIEWER), "narwhal", "pattern")
    await harness.publish(incident(6, "shop", "restarted it"), incident(7, "shop", "drained it"))
    client = harness.client(again, SHOP)
    await eventually(lambda: ask(client, "narwhal drained", "pattern"), until=has("drained it"), seconds=SECONDS)
    assert (await ask(client, "narwhal", "pattern"))[0]["id"] == whole["id"]
    assert await is_indexed(again.database.collection(FOUND), {"at": {"$gte": BEGAN}})


def has(text: str) -> Any:
    return lambda items: bool(items) and text in items[0]["solution"]


async def check_who_finds_it(harness: Harness, runtime: Runtime) -> None:
    (whole,) = await found(harness.client(runtime, VIEWER), "narwhal", "pattern")
    assert whole["solution"].split("\n") == ["restarted it", "asked Acme"]
    assert (whole["team"], whole["title"]) == (None, "Narwhal queue stuck")
    (part,) = await found(harness.client(runtime, SHOP), "narwhal", "pattern")
    assert (part["id"], part["team"], part["solution"]) == (whole["id"], "shop", "restarted it")
    assert "Acme" not in str(part)
    (best,) = await ask(harness.client(runtime, BOTH), "narwhal asked Acme", "pattern")
    assert best["id"] == whole["id"]
