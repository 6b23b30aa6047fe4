"""Loops that outlive what fails in a round, and end when they are told to."""

from __future__ import annotations

import asyncio

import pytest

from shared.process.outliving import Ending, end_tasks, log_and_continue, must_not_end
from shared.timers import sweep_forever


async def test_a_cancellation_that_nobody_asked_for_is_a_failure_like_any_other() -> None:
    for failure in (asyncio.CancelledError(), ValueError("a bug")):
        with log_and_continue("a round failed"):
            _fail(failure)


def _fail(failure: BaseException) -> None:
    raise failure


async def test_who_was_asked_to_end_ends_even_when_the_round_swallowed_the_wish() -> None:
    async def work() -> None:
        with log_and_continue("a round failed"):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                raise ValueError("the driver answered with a failure of its own") from None

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_sweep_goes_on_after_a_stray_cancellation() -> None:
    rounds = 0
    swept = asyncio.Event()

    async def sweep() -> bool:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise asyncio.CancelledError
        swept.set()
        return False

    task = asyncio.create_task(sweep_forever("test", sweep, poll_seconds=0.01))
    async with asyncio.timeout(5):
        await swept.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_part_goes_on_after_a_task_group_of_its_own_failed() -> None:
    """Python 3.11 counts such a failure as a wish that the parent ends, for ever."""
    rounds = asyncio.Queue[int]()

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ConnectionError

    async def part() -> None:
        for number in range(10):
            with log_and_continue("a round failed"):
                async with asyncio.TaskGroup() as group:
                    group.create_task(fail())
            rounds.put_nowait(number)
        await asyncio.sleep(10)

    ending = Ending()
    task = asyncio.create_task(must_not_end(part))
    async with asyncio.timeout(5):
        assert [await rounds.get() for _ in range(10)] == list(range(10))
    ending.tell()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("stray", [True, False], ids=["cancelled by nobody", "ended by itself"])
async def test_a_part_that_ends_untold_is_an_error_and_not_a_silence(stray: bool) -> None:
    async def part() -> None:
        if stray:
            raise asyncio.CancelledError

    with pytest.raises(RuntimeError, match="a part"):
        await must_not_end(part)


async def test_a_part_that_is_told_to_end_just_ends() -> None:
    async def part() -> None:
        await asyncio.sleep(10)

    task = asyncio.create_task(must_not_end(part))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_ends_though_a_call_it_was_in_lost_the_first_wish() -> None:
    """So do `asyncio.wait_for` of Python 3.11 and the broker's driver while a connection dies."""
    lost: list[str] = []

    async def part() -> None:
        while True:
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                if lost:
                    raise
                lost.append("one")

    task = asyncio.create_task(part())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end_tasks([task])
    assert task.cancelled()
    assert lost == ["one"]
