from __future__ import annotations

import asyncio
import threading
import time

import pytest

from shared.process.off_loop import OffLoop
from shared.testing.turning import watched_loop


def slow(seconds: float) -> str:
    """Busy in Python for so long, as rendering is."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    return threading.current_thread().name


async def test_the_loop_turns_while_something_is_computed() -> None:
    async with watched_loop() as watch:
        name = await OffLoop().run(slow, 0.5)
        assert watch.share < 0.5
    assert name != threading.current_thread().name


async def test_the_watch_sees_a_loop_that_stands() -> None:
    async with watched_loop() as watch:
        slow(0.1)
        assert watch.stood >= 0.1
        await asyncio.sleep(0.01)
        assert watch.stood >= 0.1


async def test_one_runs_at_a_time() -> None:
    off, running, most = OffLoop(), 0, 0

    def count() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.002)
        running -= 1

    await asyncio.gather(*(off.run(count) for _ in range(10)))
    assert (most, running) == (1, 0)


async def test_what_it_raises_is_raised_and_the_next_has_its_turn() -> None:
    off = OffLoop()
    with pytest.raises(ZeroDivisionError):
        await off.run(divmod, 1, 0)
    assert await off.run(divmod, 7, 3) == (2, 1)
