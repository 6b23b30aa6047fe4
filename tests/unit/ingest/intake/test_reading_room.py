"""Who may read, who waits and who is sent away: the sum of what is read at once stays below its limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.intake.reading_room import BIG_ROOM, SHORT, SMALL, SMALL_ROOM, WAITING_ROOM, ReadingRoom, Room
from shared.problem import Problem

pytestmark = pytest.mark.unit


@pytest.fixture
async def filled() -> AsyncIterator[ReadingRoom]:
    """A room in which the heaviest of bodies is read."""
    room = ReadingRoom()
    async with room.seat(1000 * BIG_ROOM):
        yield room


async def test_a_heavy_body_waits_a_while_and_is_sent_away_and_a_light_one_never_waits(filled: ReadingRoom) -> None:
    with pytest.raises(Problem) as refused:
        async with filled.seat(SMALL + 1, patience=0.01):
            pass
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "2"})
    async with AsyncExitStack() as seats:
        for _ in range(SMALL_ROOM // SMALL):
            await seats.enter_async_context(filled.seat(SMALL, patience=0.01))


async def test_a_heavy_body_is_read_when_the_one_before_it_is_done_or_gave_up() -> None:
    room, read = ReadingRoom(), list[str]()

    async def reads(name: str, until: asyncio.Event) -> None:
        async with room.seat(BIG_ROOM):
            read.append(name)
            await until.wait()
            raise RuntimeError("a body that fails gives its room back")

    done = asyncio.Event()
    tasks = [asyncio.create_task(reads(name, done)) for name in "abc"]
    await asyncio.sleep(0)
    assert read == ["a"]
    tasks[1].cancel()
    done.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert read == ["a", "c"]
    async with room.seat(BIG_ROOM, patience=0.01):
        pass


async def test_who_gives_up_lets_those_behind_it_in() -> None:
    room = Room(10)
    assert await room.take(6) == 6
    heavy, light = asyncio.create_task(room.take(8)), asyncio.create_task(room.take(4))
    await asyncio.sleep(0)
    assert not light.done(), "who comes first is served first"
    heavy.cancel()
    assert await light == 4


async def test_who_is_called_and_gives_up_at_the_same_time_takes_nothing_along() -> None:
    room = Room(10)
    taken = await room.take(10)
    late = asyncio.create_task(room.take(10))
    await asyncio.sleep(0)
    room.give(taken)
    late.cancel()
    await asyncio.gather(late, return_exceptions=True)
    assert await asyncio.wait_for(room.take(10), 1) == 10


@given(st.lists(st.tuples(st.integers(1, 15), st.booleans(), st.integers(0, 3)), max_size=12))
def test_however_they_come_and_go_the_room_is_never_more_than_full_and_empty_in_the_end(
    bodies: list[tuple[int, bool, int]],
) -> None:
    """Each: what it weighs, whether it gives up, and for how many turns of the loop it reads."""

    async def told() -> None:
        room, inside = Room(10), [0]

        async def reads(amount: int, turns: int) -> None:
            taken = await room.take(amount)
            inside[0] += taken
            assert inside[0] <= 10
            for _ in range(turns):
                await asyncio.sleep(0)
            inside[0] -= taken
            room.give(taken)

        tasks = [asyncio.create_task(reads(amount, turns)) for amount, _, turns in bodies]
        await asyncio.sleep(0)
        for task, (_, gives_up, _turns) in zip(tasks, bodies, strict=True):
            if gives_up and task.done() is False and inside[0] == 0:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert await asyncio.wait_for(room.take(10), 1) == 10

    asyncio.run(told())


def test_long_bodies_are_sent_away_when_too_many_come_and_short_ones_are_not() -> None:
    room = ReadingRoom()
    with room.coming() as others:
        for _ in range(WAITING_ROOM // 1024):
            others.add(1024)
        with room.coming() as short:
            short.add(SHORT)
        with pytest.raises(Problem) as refused, room.coming() as long:
            long.add(SHORT + 1)
        assert refused.value.status == 503
    with room.coming() as later:
        later.add(WAITING_ROOM)
    assert room.waiting == 0
