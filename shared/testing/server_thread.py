"""An event loop in a thread of its own, for fakes that must answer whatever the test's own loop is doing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class ServerThread:
    """Starts with its construction, ends with `close`; the tasks that then still run are cancelled."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T], *, seconds: float = 10) -> T:
        """Run `work` on the loop and wait for it, from another thread. Raises what it raises, or `TimeoutError`."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def shut(self, server: asyncio.Server) -> None:
        """Stop a server that listens in this thread: from another one its last connection might end just then."""
        self.do(_shut(server))

    def close(self) -> None:
        """End the loop and the thread."""
        self.do(_cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


async def _shut(server: asyncio.Server) -> None:
    server.close()


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
