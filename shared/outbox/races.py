"""Read, decide, write, and all of it again when somebody else wrote first.

Nothing is locked: a write is guarded by the version it was decided on (`aggregates`), and says what it lost.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from inspect import isawaitable
from typing import Any, TypeVar, overload

TRIES = 12

_Known = TypeVar("_Known")
_Decision = TypeVar("_Decision")
_Batch = TypeVar("_Batch", bound=Collection[Any])


@overload
async def decide_and_commit(
    read: Callable[[], Awaitable[_Known]],
    decide: Callable[[_Known], Awaitable[_Decision]],
    commit: Callable[[_Decision], Awaitable[Collection[str]]],
    *,
    known: _Known | None = None,
    tries: int = TRIES,
) -> _Decision: ...


@overload
async def decide_and_commit(
    read: Callable[[], Awaitable[_Known]],
    decide: Callable[[_Known], _Decision],
    commit: Callable[[_Decision], Awaitable[Collection[str]]],
    *,
    known: _Known | None = None,
    tries: int = TRIES,
) -> _Decision: ...


async def decide_and_commit(
    read: Callable[[], Awaitable[_Known]],
    decide: Callable[[_Known], _Decision | Awaitable[_Decision]],
    commit: Callable[[_Decision], Awaitable[Collection[str]]],
    *,
    known: _Known | None = None,
    tries: int = TRIES,
) -> _Decision:
    """The decision that was written: `decide`'s on what `read` found, made anew until `commit` tells of no loss.

    `commit` returns the ids that lost their race, or nothing when it was written or there was nothing to write. A
    decision that must read more is waited for. `known` is what has been read already: the first try decides on it.
    Raises `TimeoutError` after so many tries, which makes a consumer wait, and what the three raise.
    """
    for number in range(tries):
        decided = decide(known if known is not None and number == 0 else await read())
        decision: _Decision = await decided if isawaitable(decided) else decided
        if not await commit(decision):
            return decision
        await step_aside(number)
    raise lost_too_often()


async def settle_batch(batch: _Batch, take: Callable[[_Batch], Awaitable[_Batch]], *, tries: int = TRIES) -> None:
    """Have `take` gather, decide and commit for the batch, and again for what it returns as lost, until nothing is.

    Raises `TimeoutError` after so many tries, which makes a consumer wait, and what `take` raises.
    """
    left = batch
    for number in range(tries):
        left = await take(left)
        if not left:
            return
        await step_aside(number)
    raise lost_too_often()


async def step_aside(number: int) -> None:
    """Wait a little after the try with this number (from 0), with jitter: at most 5 ms at first, then up to 0.3 s."""
    await asyncio.sleep(random.uniform(0, 0.005 * 2 ** min(number, 6)))  # noqa: S311 - jitter, not a secret


def lost_too_often() -> TimeoutError:
    """What is raised when others were faster every time."""
    return TimeoutError("a write lost its race too many times")
