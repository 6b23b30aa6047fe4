"""Snooze and escalate over HTTP, on the real parts: told to the others, and ended by time alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.events.incidents import IncidentFact, Position
from shared.testing.harness import Harness, eventually

pytestmark = pytest.mark.integration


async def opened(harness: Harness) -> tuple[httpx2.AsyncClient, str]:
    client = harness.client(await harness.start("incident", build))
    made = await client.post("/incidents", json={"title": "Disk full"})
    return client, made.json()["id"]


def ahead(**time: float) -> str:
    return (datetime.now(UTC) + timedelta(**time)).isoformat()


async def texts(client: httpx2.AsyncClient, key: str) -> list[str]:
    return [entry["text"] for entry in (await client.get(f"/incidents/{key}/timeline")).json()["items"]]


async def test_a_snooze_is_told_stands_on_the_timeline_and_ends_by_itself(harness: Harness) -> None:
    client, key = await opened(harness)
    answer = await client.post(f"/incidents/{key}/snooze", json={"until": ahead(seconds=1.5)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["snoozed_until"] is not None
    told = await harness.event("incident.changed.v1", lambda event: event.sequence == 2)
    assert isinstance(told.data, IncidentFact)
    assert told.data.snoozed_until is not None

    async def ask() -> Any:
        return (await client.get(f"/incidents/{key}")).json()["snoozed_until"]

    await eventually(ask, until=lambda until: until is None, seconds=6)
    woken = await harness.event("incident.changed.v1", lambda event: event.sequence == 3)
    assert isinstance(woken.data, IncidentFact)
    assert woken.data.snoozed_until is None
    said = await eventually(lambda: texts(client, key), until=lambda said: len(said) == 3)
    assert said[2] == "the snooze is over: people are paged again"


async def test_escalating_tells_where_it_stood_and_keeps_the_note(harness: Harness) -> None:
    client, key = await opened(harness)
    assert (await client.post(f"/incidents/{key}/escalate")).status_code == 200
    told = await harness.event("incident.changed.v1", lambda event: event.sequence == 2)
    assert isinstance(told.data, IncidentFact)
    assert told.data.paging.moved_on_from == Position(round=0, step=1)
    assert (await client.post(f"/incidents/{key}/escalate", json={"note": "wake the boss"})).status_code == 200
    said = await eventually(lambda: texts(client, key), until=lambda said: len(said) == 3)
    assert said[1:] == ["escalated by hand", "escalated by hand: wake the boss"]


async def test_a_snooze_that_can_not_be_is_refused_by_name(harness: Harness) -> None:
    client, key = await opened(harness)
    for until in ("", "soon", "2020-01-01T00:00:00Z", "2026-11-23T00:00:00", "9999-12-31T23:59:59Z"):
        answer = await client.post(f"/incidents/{key}/snooze", json={"until": until})
        assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (422, ["/until"])
    assert (await client.post(f"/incidents/{key}/snooze", json={})).status_code == 422


async def test_what_is_over_is_neither_snoozed_nor_escalated(harness: Harness) -> None:
    client, key = await opened(harness)
    await client.post(f"/incidents/{key}/resolve")
    for path, body in (("snooze", {"until": ahead(hours=1)}), ("escalate", {})):
        answer = await client.post(f"/incidents/{key}/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_open")
    assert (await client.post("/incidents/INC-404/snooze", json={"until": ahead(hours=1)})).status_code == 404
