"""A start that is over and fires again, on a real broker and database: held, quiet or another alert, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from shared.events.alerts import AlertFact
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.vocabulary import IncidentStatus
from tests.integration.ingest_stage import (
    WEBHOOK,
    alert,
    alertmanager,
    incident_told,
    listed,
    now,
    service_changed,
    told,
)

pytestmark = pytest.mark.integration

BEGAN = timedelta(minutes=9)
LABELS = {"alertname": "Down", "service": "payments", "severity": "critical"}


class Shift:
    """Pushes all clocks forward, by seconds."""

    def __init__(self, file: Path) -> None:
        self.file = file

    async def to(self, seconds: int, runtime: Runtime | None = None) -> None:
        """Returns when `runtime` has seen it."""
        self.file.write_text(str(seconds))
        if runtime is not None:
            await eventually(lambda: runtime.clock.now() > now() + timedelta(seconds=seconds - 1))


@pytest.fixture
def shift(harness: Harness, tmp_path: Path) -> Shift:
    clock = tmp_path / "clock"
    harness.settings = harness.settings.model_copy(update={"env": "test", "test_clock": clock})
    return Shift(clock)


@pytest.fixture
async def ingest(harness: Harness, shift: Shift) -> Runtime:
    return await harness.start("ingest", build)


@pytest.fixture
async def client(harness: Harness, ingest: Runtime) -> httpx2.AsyncClient:
    return harness.client(ingest)


def opened(harness: Harness) -> list[AlertFact]:
    return told(harness, "alert.opened.v1", "a")


async def webhook(client: httpx2.AsyncClient, status: str, began: datetime, _now: datetime) -> None:
    answer = await client.post(WEBHOOK, json=alertmanager((status, "a", began)))
    assert answer.status_code == 202


async def own_api(client: httpx2.AsyncClient, status: str, began: datetime, at: datetime) -> None:
    ends = at if status == "resolved" else at + timedelta(minutes=4)
    body: list[dict[str, Any]] = [{"labels": LABELS, "startsAt": began.isoformat(), "endsAt": ends.isoformat()}]
    answer = await client.post("/api/v2/alerts", json=body)
    assert answer.status_code == 200


async def statuses(client: httpx2.AsyncClient, *expected: str) -> None:
    """The alerts have these statuses, newest first."""
    await eventually(lambda: listed(client), until=lambda found: [one["status"] for one in found] == list(expected))


async def ended_and_said_again(harness: Harness, client: httpx2.AsyncClient, began: datetime) -> None:
    await client.post(WEBHOOK, json=alertmanager(("firing", "a", began)))
    await eventually(lambda: opened(harness))
    for status in ("resolved", "firing"):
        await client.post(WEBHOOK, json=alertmanager((status, "a", began)))
    await eventually(lambda: told(harness, "alert.resolved.v1", "a"))


@pytest.mark.parametrize("post", [webhook, own_api])
async def test_the_same_start_fires_again_after_every_resolve(
    harness: Harness, ingest: Runtime, shift: Shift, post: Callable[..., Any]
) -> None:
    """Alertmanager says resolved by itself when its Prometheus is silent, and later firing, with the same start."""
    began = now() - BEGAN
    for times in range(1, 4):
        await shift.to(times * 400, ingest)
        client = harness.client(ingest)  # the token of the one before has run out
        await post(client, "firing", began, ingest.clock.now())
        await statuses(client, "firing", *["resolved"] * (times - 1))
        await post(client, "resolved", began, ingest.clock.now())
        await statuses(client, *["resolved"] * times)


async def test_a_second_copy_soon_after_the_resolve_fires(harness: Harness, client: httpx2.AsyncClient) -> None:
    began = now() - BEGAN
    await ended_and_said_again(harness, client, began)
    assert len(opened(harness)) == 1
    (waiting,) = await eventually(lambda: listed(client), until=lambda found: found[0]["held_until"] is not None)
    assert waiting["status"] == "resolved"

    await client.post(WEBHOOK, json=alertmanager(("firing", "a", began)))

    await eventually(lambda: len(opened(harness)) == 2)
    await statuses(client, "firing", "resolved")


async def test_a_copy_that_is_held_fires_a_minute_later_though_every_process_was_killed(
    harness: Harness, client: httpx2.AsyncClient, ingest: Runtime, shift: Shift
) -> None:
    await harness.publish(service_changed("payments"))
    began = now() - BEGAN
    await ended_and_said_again(harness, client, began)
    await eventually(lambda: held(ingest))

    await harness.kill(ingest)
    await shift.to(61)
    again = await harness.start("ingest", build, instance="again")

    # what was killed between telling and clearing tells the first again, under its own id
    found = await eventually(lambda: {one.id: one for one in opened(harness)}, until=lambda found: len(found) == 2)
    assert list(found.values())[1].service_id == "payments"
    assert (await listed(harness.client(again)))[0]["status"] == "firing"
    assert not await held(again)


async def test_two_alertmanagers_that_cross_open_nothing(
    harness: Harness, client: httpx2.AsyncClient, ingest: Runtime, shift: Shift
) -> None:
    began = now() - BEGAN
    await ended_and_said_again(harness, client, began)
    await eventually(lambda: held(ingest))
    await client.post(WEBHOOK, json=alertmanager(("resolved", "a", began)))
    await eventually(lambda: held(ingest), until=lambda waiting: not waiting)

    await shift.to(120, ingest)
    client = harness.client(ingest)
    await client.post(WEBHOOK, json=alertmanager(("firing", "b", began)))
    await eventually(lambda: told(harness, "alert.opened.v1", "b"))
    assert len(opened(harness)) == 1


async def test_after_a_person_resolved_it_repeats_are_quiet_for_as_long_as_the_service_wants(
    harness: Harness, client: httpx2.AsyncClient, ingest: Runtime, shift: Shift
) -> None:
    await harness.publish(service_changed("payments", resolved_grace_seconds=600))
    began = now() - BEGAN
    await client.post(WEBHOOK, json=alertmanager(("firing", "a", began)))
    await eventually(lambda: opened(harness))
    group = opened(harness)[0].group_id
    await harness.publish(
        incident_told("resolved", group, IncidentStatus.RESOLVED, 2, resolved_at=now(), resolved_by="sara")
    )
    await eventually(lambda: told(harness, "alert.resolved.v1", "a"))

    await shift.to(590, ingest)
    client = harness.client(ingest)
    for _ in range(3):
        await client.post(WEBHOOK, json=alertmanager(("firing", "a", began)))
    await client.post(WEBHOOK, json=alertmanager(("firing", "b", began)))
    await eventually(lambda: told(harness, "alert.opened.v1", "b"))
    assert len(opened(harness)) == 1

    await shift.to(602, ingest)
    client = harness.client(ingest)
    await client.post(WEBHOOK, json=alertmanager(("firing", "a", began)))
    await eventually(lambda: len(opened(harness)) == 2)
    assert opened(harness)[1].group_id != group


async def held(ingest: Runtime) -> bool:
    """Something waits for what comes next."""
    return await ingest.database.collection("alerts").find_one({"lapses_at": {"$exists": True}}) is not None


async def test_what_fires_after_a_person_resolved_it_but_before_that_is_heard_of_is_another_alert(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    """PagerDuty's shape, which names no start: it fires again at once."""
    await client.post(WEBHOOK, json=alert(dedup_key="a"))
    await eventually(lambda: opened(harness))
    (first,) = opened(harness)
    decided_at = now()
    await asyncio.sleep(0.01)
    await client.post(WEBHOOK, json=alert(dedup_key="a"))
    await eventually(lambda: listed(client), until=lambda found: found[0]["count"] == 2)

    await harness.publish(
        incident_told(
            "resolved", first.group_id, IncidentStatus.RESOLVED, 2, resolved_at=decided_at, resolved_by="sara"
        )
    )

    await statuses(client, "firing", "resolved")
    await eventually(lambda: len(opened(harness)) == 2)
    assert opened(harness)[1].group_id != first.group_id
    assert [one.id for one in told(harness, "alert.resolved.v1", "a")] == [first.id]
