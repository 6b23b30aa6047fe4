"""Read, decide, commit, and again when somebody else was first: nothing is lost, and what was written is returned."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.outbox.races import decide_and_commit, settle_batch

pytestmark = pytest.mark.unit


class Register:
    """One number with a version; a write that was decided on an older version loses."""

    def __init__(self) -> None:
        self.value, self.version = 0, 0
        self.reads = 0

    async def read(self) -> tuple[int, int]:
        self.reads += 1
        await asyncio.sleep(0)
        return self.value, self.version

    async def commit(self, decided: tuple[int, int]) -> set[str]:
        value, base = decided
        await asyncio.sleep(0)
        if base != self.version:
            return {"it"}
        self.value, self.version = value, base + 1
        return set()

    async def add(self, number: int, tries: int = 50) -> int:
        def decide(known: tuple[int, int]) -> tuple[int, int]:
            return known[0] + number, known[1]

        made = await decide_and_commit(self.read, decide, self.commit, tries=tries)
        return made[0]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_whoever_loses_decides_again_on_what_was_written(numbers: list[int]) -> None:
    async def run() -> tuple[Register, list[int]]:
        register = Register()
        return register, await asyncio.gather(*(register.add(number) for number in numbers))

    register, made = asyncio.run(run())
    assert (register.value, register.version) == (sum(numbers), len(numbers))
    # each answer is a state that was really there: the sum of those who had written by then
    assert max(made) == register.value
    assert len(set(made)) == len(made)


async def test_what_is_written_at_once_is_read_once() -> None:
    register = Register()
    assert await register.add(3) == 3
    assert register.reads == 1


async def test_a_decision_that_must_read_more_is_waited_for() -> None:
    async def decide(known: int) -> str:
        await asyncio.sleep(0)
        return f"{known} and more"

    async def read() -> int:
        return 1

    written: list[str] = []

    async def commit(decision: str) -> set[str]:
        written.append(decision)
        return set()

    assert await decide_and_commit(read, decide, commit) == "1 and more"
    assert written == ["1 and more"]


async def test_what_is_known_already_is_read_again_only_when_the_race_was_lost() -> None:
    register = Register()
    await register.add(1)
    stale, current = (0, 0), (1, 1)

    def decide(known: tuple[int, int]) -> tuple[int, int]:
        return known[0] + 10, known[1]

    register.reads = 0
    assert await decide_and_commit(register.read, decide, register.commit, known=current) == (11, 1)
    assert register.reads == 0
    assert await decide_and_commit(register.read, decide, register.commit, known=stale) == (21, 2)
    assert register.reads == 1


async def test_after_so_many_lost_races_it_is_given_up() -> None:
    tried: list[int] = []

    async def read() -> int:
        return len(tried)

    async def commit(decision: int) -> set[str]:
        tried.append(decision)
        return {"it"}

    with pytest.raises(TimeoutError, match="too many times"):
        await decide_and_commit(read, lambda known: known, commit, tries=3)
    assert tried == [0, 1, 2]


async def test_what_a_decision_raises_is_raised_and_nothing_is_written() -> None:
    register = Register()

    def refuse(known: tuple[int, int]) -> tuple[int, int]:
        raise LookupError(str(known))

    with pytest.raises(LookupError):
        await decide_and_commit(register.read, refuse, register.commit)
    assert (register.value, register.reads) == (0, 1)


async def test_of_a_batch_only_what_was_lost_is_taken_again() -> None:
    seen: list[list[int]] = []

    async def take(left: Sequence[int]) -> Sequence[int]:
        seen.append(list(left))
        return [one for one in left if one > len(seen)]

    batch: Sequence[int] = [1, 2, 3]
    await settle_batch(batch, take)
    assert seen == [[1, 2, 3], [2, 3], [3]]


async def test_a_batch_that_keeps_losing_is_given_up() -> None:
    async def take(left: Sequence[int]) -> Sequence[int]:
        return left

    batch: Sequence[int] = [1]
    with pytest.raises(TimeoutError, match="too many times"):
        await settle_batch(batch, take, tries=2)
