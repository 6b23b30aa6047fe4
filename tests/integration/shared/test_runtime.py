"""One process, one fate: any part that dies ends it, and a stop at any moment ends it soon."""

from __future__ import annotations

import asyncio
import time

import pytest

from shared.runtime import Runtime
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
