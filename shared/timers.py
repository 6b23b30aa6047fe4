"""Timers are documents with a `due_at`; there are none in memory.

A sweep reads what is due, decides and commits. The commit is guarded by the version that the decision was made on, so
of several processes that sweep at once one writes and the others find nothing left to do; a process that dies leaves
what is due to whoever sweeps next. Times are the database's (`shared.clock`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from pymongo import IndexModel
from pymongo.errors import PyMongoError

from shared.failures import is_dependency_failure
from shared.logs import get_logger

DUE_INDEX = IndexModel([("due_at", 1)], name="due_at", sparse=True)
"""Every collection that is swept has it."""

log = get_logger(__name__)


async def sweep_forever(timer: str, sweep: Callable[[], Awaitable[bool]], *, poll_seconds: float) -> None:
    """Run `sweep` for ever: again at once while it says that there may be more, else after about `poll_seconds`.

    A failure of the database is waited out, and so is any other: due work must outlive it. `timer` names it in the log.
    """
    while True:
        try:
            while await sweep():
                pass
        except Exception as error:
            if is_dependency_failure(error) or isinstance(error, PyMongoError):
                log.info("due work waits for the database", timer=timer, error=type(error).__name__)
            else:
                log.exception("due work failed and is tried again", timer=timer)
            await asyncio.sleep(random.uniform(0.2, 0.6))  # noqa: S311 - jitter, not a secret
        await asyncio.sleep(random.uniform(0.5, 1.5) * poll_seconds)  # noqa: S311 - jitter, not a secret
