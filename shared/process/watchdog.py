"""Ends a process whose event loop has stopped turning: it answers nobody, and hands on nothing that it holds.

The interpreter's fault handler waits in a thread of its own that never needs the interpreter's lock, so also one huge
power, or a pattern that matches for hours, is ended. It writes where each thread stands (places, no values) to standard
error and exits with code 1; whoever started the process starts it again. The loop puts the end off with every turn.

The wait is on a clock that stands still while the machine sleeps. It goes on while the process alone is stopped
(SIGSTOP, `docker pause`, a breakpoint): one stopped for longer than the limit ends when it goes on, and that is meant,
since others hold its leases by then. While a debugger traces the loop nothing is armed; a limit of 0 switches it off.
"""

from __future__ import annotations

import asyncio
import faulthandler
import sys

TURNS = 6
"""How often the end is put off within the limit."""


class Watchdog:
    """Watches one event loop; `seconds` is how long it may stand still, 0 for ever."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Put the end off now, and again with every turn of `loop` for as long as it runs.

        Nothing takes it back: after the loop's last turn the process has `seconds` left to end by itself, so a thread
        that hangs does not keep it either.
        """
        if self._seconds <= 0:
            return
        if sys.gettrace() is None:
            faulthandler.dump_traceback_later(self._seconds, exit=True)
        else:
            faulthandler.cancel_dump_traceback_later()
        loop.call_later(self._seconds / TURNS, self.watch, loop)
