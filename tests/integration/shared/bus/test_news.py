"""A nudge reaches every process that listens, whoever consumes the event itself, and deafness is known."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import pytest

from services.oncall.app import build
from shared.bus.news import News
from shared.events import make
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from shared.testing.story import BEGAN

pytestmark = pytest.mark.integration


async def heard_after(news: News) -> float:
    began = time.monotonic()
    await news.wait(deaf_seconds=20, longest_seconds=20)
    return time.monotonic() - began


async def test_every_process_is_nudged_by_an_event_and_by_no_other(harness: Harness) -> None:
    first, second = (
        await harness.start("oncall", build, instance="1"),
        await harness.start("oncall", build, instance="2"),
    )
    listeners = [News(one._consuming, harness.settings.namespace, ["team.changed.v1"]) for one in (first, second)]
    running = [asyncio.create_task(news.run()) for news in listeners]
    try:
        for news in listeners:
            await eventually(partial(getattr, news, "is_heard"))
            assert await heard_after(news) < 5, "what happened before it could hear must be looked for"
        waiting = [asyncio.create_task(heard_after(news)) for news in listeners]
        fact = example("user.changed.v1").data
        await harness.publish(make("user.changed.v1", subject="u", sequence=1, time=BEGAN, data=fact))
        await asyncio.sleep(0.3)
        assert not any(one.done() for one in waiting)
        fact = example("team.changed.v1").data
        await harness.publish(make("team.changed.v1", subject="t", sequence=1, time=BEGAN, data=fact))
        assert max(await asyncio.gather(*waiting)) < 5
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_an_edit_at_one_replica_is_known_at_the_other_at_once(harness: Harness) -> None:
    first, second = (
        await harness.start("oncall", build, instance="1"),
        await harness.start("oncall", build, instance="2"),
    )
    person = {"id": "ada", "name": "Ada", "email": "ada@example.org"}
    async with harness.client(first) as here, harness.client(second) as there:
        assert (await here.post("/users", json=person)).status_code == 201
        layer = {"starts_at": "2026-01-05T09:00:00", "participants": ["ada"]}
        body = {"id": "s", "name": "S", "time_zone": "UTC", "layers": [layer]}
        assert (await here.post("/schedules", json=body)).status_code == 201

        async def on_call() -> object:
            return (await there.get("/schedules/s/on-call")).json().get("users")

        assert await eventually(on_call, seconds=10) == ["ada"]
