"""What takes long to compute runs beside the event loop, one at a time: the loop goes on turning, and answers others.

A thread helps only while many short steps of Python are made: one long step of a C library, or a power of huge numbers,
holds the interpreter all the same. So whoever computes bounds what they are given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class OffLoop:
    """One thread's worth of work at a time; others wait for their turn."""

    def __init__(self) -> None:
        self._one = asyncio.Semaphore(1)

    async def run(self, compute: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `compute` makes of these. Its exceptions are raised here; cancelled, it still runs to its end."""
        async with self._one:
            return await asyncio.to_thread(compute, *args, **kwargs)
