"""Loops that never end must outlive what fails in one of their rounds, also a cancellation that nobody asked for.

Whether somebody did ask can't be told from the task: Python 3.11 leaves a cancellation behind when a task group or a
time limit meets a task that was about to go on (python/cpython#117407), and counts one too many when a child of a task
group fails while its parent waits at the end (#116720); the database's driver may swallow one, or answer it with a
failure of its own. So who ends a process says so first, by `Ending`, and then cancels until all have ended.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from shared.failures import is_dependency_failure
from shared.process.logs import get_logger

log = get_logger(__name__)

AGAIN_SECONDS = 1.0
"""Before a task is cancelled once more: one that is still busy with the first time may leave a lock locked."""
_ENDING: ContextVar[Ending | None] = ContextVar("ending", default=None)


class Ending:
    """Whether the tasks that are made from here on, and theirs, are to end."""

    def __init__(self) -> None:
        self.is_told = False
        _ENDING.set(self)

    def tell(self) -> None:
        """From now on a cancellation is meant."""
        self.is_told = True


def is_to_end() -> bool:
    """True when somebody asked the present task to end. Without an `Ending` the task's own count has to do."""
    ending = _ENDING.get()
    if ending is not None:
        return ending.is_told
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


@contextlib.contextmanager
def log_and_continue(what: str, **fields: object) -> Iterator[None]:
    """Log whatever fails inside as `what` and go on, unless this task is to end: the round of a loop that never ends.

    `fields` go into the log beside it. Raises `asyncio.CancelledError` when the task is to end, and nothing else.
    """
    failure: BaseException | None = None
    try:
        yield
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - see the module's docstring
        failure = error
    if is_to_end():
        raise asyncio.CancelledError from failure
    _forget_miscounted()
    if isinstance(failure, asyncio.CancelledError) or (failure and is_dependency_failure(failure)):
        log.warning(what, error=repr(failure)[:300], **fields)
    elif failure:
        log.error(what, exc_info=failure, **fields)


async def pause_loop(seconds: float) -> None:
    """Wait between two rounds of a loop that never ends. A cancellation that nobody asked for ends the wait alone.

    Raises `asyncio.CancelledError` when the task is to end.
    """
    with log_and_continue("a pause was cut short"):
        await asyncio.sleep(seconds)


async def must_not_end(part: Callable[[], Awaitable[None]]) -> None:
    """Run a part that ends only when it is told to.

    Raises what the part raises, and `RuntimeError` when it ends by itself or by a cancellation that nobody asked for:
    a task group would take that for a wish, and the process would live on without the part.
    """
    try:
        await part()
    except asyncio.CancelledError as error:
        if is_to_end():
            raise
        _tell()
        raise RuntimeError(f"a part was cancelled by nobody: {part!r}") from error
    except BaseException:
        _tell()
        raise
    _tell()
    raise RuntimeError(f"a part ended: {part!r}")


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel until all have ended: until Python 3.12 `asyncio.wait_for`, which the database's driver and the broker's
    use at every call, loses a cancellation that comes in the moment in which the call succeeds (bpo-37658).

    Who calls it has told the tasks' `Ending` before: whoever takes a cancellation for a failure would go on else.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)


def _tell() -> None:
    """The process can't go on without this part: what the others are told next is meant."""
    ending = _ENDING.get()
    if ending is not None:
        ending.tell()


def _forget_miscounted() -> None:
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()
