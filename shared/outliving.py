"""Loops that never end must outlive what fails in one of their rounds, also a cancellation that nobody asked for.

Python 3.11 leaves such a cancellation behind when a task group or a time limit meets a task that was about to go on
(python/cpython#117407); it is a failure like any other. And the database's driver may swallow one that somebody did ask
for, or answer it with a failure of its own: who did not ask afterwards would never end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator

from shared.failures import is_dependency_failure
from shared.logs import get_logger

log = get_logger(__name__)


def is_to_end() -> bool:
    """True when somebody asked the present task to end."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


@contextlib.contextmanager
def outlived(what: str, **fields: object) -> Iterator[None]:
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
    if isinstance(failure, asyncio.CancelledError) or (failure and is_dependency_failure(failure)):
        log.warning(what, error=repr(failure)[:300], **fields)
    elif failure:
        log.error(what, exc_info=failure, **fields)


async def surely(part: Callable[[], Awaitable[None]]) -> None:
    """Run a part that ends only when it is told to.

    Raises what the part raises, and `RuntimeError` when it ends by itself or by a cancellation that nobody asked for:
    a task group would take that for a wish, and the process would live on without the part.
    """
    try:
        await part()
    except asyncio.CancelledError as error:
        if is_to_end():
            raise
        raise RuntimeError(f"a part was cancelled by nobody: {part!r}") from error
    raise RuntimeError(f"a part ended: {part!r}")
