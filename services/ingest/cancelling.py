"""A worker's loop ends when it is told to, also when the database's driver swallowed the telling.

Until Python 3.12 `asyncio.wait_for`, which the driver uses at every call, loses a cancellation that arrives in the
moment in which its call succeeds (bpo-37658). A loop that asks here after every call to the database can't miss it.
"""

from __future__ import annotations

import asyncio


def stop_if_cancelled() -> None:
    """Raise `CancelledError` when the running task was cancelled and has not ended."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
