"""Timers are documents with a `due_at`; there are none in memory.

A sweep reads what is due, decides and commits. The commit is guarded by the version that the decision was made on, so
of several processes that sweep at once one writes and the others find nothing left to do; a process that dies leaves
what is due to whoever sweeps next. Times are the database's (`shared.clocks.clock`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from pymongo import IndexModel

from shared.process.outliving import log_and_continue

DUE_INDEX = IndexModel([("due_at", 1)], name="due_at", sparse=True)
"""Every collection that is swept has it."""


async def sweep_forever(timer: str, sweep: Callable[[], Awaitable[bool]], *, poll_seconds: float) -> None:
    """Run `sweep` for ever: again at once while it says that there may be more, else after about `poll_seconds`.

    A failure of the database is waited out, and so is any other: due work must outlive it. `timer` names it in the log.
    """
    while True:
        pause = 0.4
        with log_and_continue("due work is tried again", timer=timer):
            while await sweep():
                pass
            pause = poll_seconds
        await asyncio.sleep(random.uniform(0.5, 1.5) * pause)  # noqa: S311 - jitter, not a secret
