"""One process, one fate: any part that dies ends it, and a stop at any moment ends it soon."""

from __future__ import annotations

import asyncio
import time

import pytest
import uvicorn
from pymongo import IndexModel

from shared.mongo import CLOSE_SECONDS, Database
from shared.runtime import Runtime, _Server
from shared.settings import Settings
from shared.testing.harness import Harness

pytestmark = pytest.mark.integration


async def test_a_worker_that_dies_ends_the_whole_process(harness: Harness) -> None:
    async def dies() -> None:
        await asyncio.sleep(0.3)
        raise ValueError("a bug")

    runtime = Runtime("comms", harness.settings.model_copy(update={"service_port": 0}))
    runtime.worker(dies)
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(20):
            await runtime.run()
    assert caught.group_contains(ValueError, match="a bug")


async def test_a_worker_that_ends_is_a_failure_too(harness: Harness) -> None:
    async def ends() -> None: ...

    runtime = Runtime("comms", harness.settings.model_copy(update={"service_port": 0}))
    runtime.worker(ends)
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(20):
            await runtime.run()
    assert caught.group_contains(RuntimeError, match="a part ended")


async def test_a_process_that_waits_for_its_database_stops_at_once_when_told(parts: Settings) -> None:
    nowhere = {"mongo_url": "mongodb://127.0.0.1:1/", "service_port": 0, "namespace": "tnowhere"}
    runtime = Runtime("comms", parts.model_copy(update=nowhere))
    running = asyncio.create_task(runtime.run())
    await asyncio.sleep(0.5)
    began = time.monotonic()
    runtime.stop()
    async with asyncio.timeout(20):
        await running
    assert time.monotonic() - began < 5


async def test_a_database_is_left_within_seconds_though_the_driver_waits_for_its_own_lock(apart: Settings) -> None:
    """A call that was cancelled twice leaves it locked until Python 3.12; here the test does."""
    database = Database(apart, "comms")
    lock = database._client._topology._lock
    await lock.acquire()
    try:
        async with asyncio.timeout(2 * CLOSE_SECONDS):
            await database.close()
    finally:
        lock.release()
        await database.close()


class Ticking(_Server):
    """Counts how often it looks whether there is anything to do."""

    ticks = 0

    async def on_tick(self, counter: int) -> bool:
        self.ticks += 1
        return await super().on_tick(counter)


async def test_a_server_that_nobody_asks_anything_does_nothing_and_leaves_at_once_when_told() -> None:
    server = Ticking(uvicorn.Config(lambda: None, log_config=None))
    serving = asyncio.create_task(server.main_loop())
    await asyncio.sleep(0.5)
    assert (server.ticks, serving.done()) == (1, False)
    server.leave()
    async with asyncio.timeout(5):
        await serving


async def test_an_index_that_two_stores_ask_for_is_made_once(harness: Harness) -> None:
    def build(runtime: Runtime) -> None:
        for _ in range(2):
            runtime.indexes({"things": [IndexModel([("place", 1)], name="place")]})
        assert [model.document["name"] for model in runtime._indexes["things"]] == ["place"]

    runtime = await harness.start("comms", build)
    assert "place" in await runtime.database.collection("things").index_information()
