"""Who carries the load, over HTTP, from what on-call told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.analytics.app import build
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.oncall import DutyFact, DutyTurn
from shared.testing.harness import Harness, eventually
from shared.testing.story import BEGAN
from shared.vocabulary import Role

pytestmark = pytest.mark.integration

HOUR = timedelta(hours=1)
ASKED = {"from": (BEGAN - 3 * HOUR).isoformat(), "to": (BEGAN + 30 * HOUR).isoformat()}
LIMITED = Identity(key_id="k", name="shop", role=Role.VIEWER, teams=("shop",))


def duty(number: int, team: str, *turns: tuple[str, int, int], sequence: int = 1) -> Event:
    told = [DutyTurn(user_id=one, start=BEGAN + a * HOUR, end=BEGAN + b * HOUR) for one, a, b in turns]
    fact = DutyFact(
        id=f"s{number}:{BEGAN.date()}", schedule_id=f"s{number}", team=team, day=BEGAN.date(), until=BEGAN, turns=told
    )
    return make("duty.recorded.v1", subject=fact.id, sequence=sequence, time=BEGAN, data=fact)


async def load(client: httpx2.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/reports/on-call", params=ASKED | asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_hours_are_told_by_person_with_the_balance(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    client = harness.client(runtime)
    await harness.publish(
        duty(1, "shop", ("sara", 0, 3), ("kenji", 3, 4), sequence=2),
        duty(1, "shop", ("nobody", 0, 9)),
        duty(2, "core", ("sara", 1, 5)),
    )
    await eventually(lambda: load(client), until=lambda one: len(one["people"]) == 2 and one["balance"] is not None)
    found = await load(client, holidays="2026-03-29")
    sara, kenji = found["people"]
    assert (sara["person"], sara["on_call_seconds"], kenji["on_call_seconds"]) == ("sara", 5 * 3600, 3600)
    assert (sara["weekend_seconds"], sara["holiday_seconds"]) == (5 * 3600, 5 * 3600)
    assert 0 < found["balance"] < 1
    mine = await load(harness.client(runtime, LIMITED))
    assert {one["person"]: one["on_call_seconds"] for one in mine["people"]} == {"sara": 3 * 3600, "kenji": 3600}
    assert (await load(client, team="core"))["people"][0]["share"] == 1.0
    table = await client.get("/reports/on-call", params=ASKED, headers={"Accept": "text/csv"})
    assert table.text.startswith("person,on_call_seconds,night_seconds,")
    assert table.text.count("\r\n") == 3
    for name, value in (("holidays", "soon"), ("month", "x"), ("team", "x" * 999)):
        answer = await client.get("/reports/on-call", params={name: value})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{name}")
