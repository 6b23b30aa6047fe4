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

END_SECONDS = 20.0
"""For a process that was told to end: it drains in 13 (`shared.runtime`), and an orchestrator waits 30."""
TURNS = 6
"""How often the end is put off within the limit."""


class Watchdog:
    """Watches one event loop; `seconds` is how long it may stand still, 0 for ever."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._is_ending = False

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Put the end off now, and again with every turn of `loop` for as long as it runs.

        Nothing takes it back: after the loop's last turn the process has `seconds` left to end by itself, so a thread
        that hangs does not keep it either.
        """
        if self._seconds <= 0 or self._is_ending:
            return
        _arm(self._seconds)
        loop.call_later(self._seconds / TURNS, self.watch, loop)

    def let_end(self, seconds: float = END_SECONDS) -> None:
        """The process was told to end: from now on it has so long, and no turn of the loop puts that off.

        A task may not let itself be cancelled: until Python 3.12 a call of the database's driver that is cancelled
        twice leaves a lock locked, and others of its calls wait for that whatever they are told.
        """
        if self._seconds > 0 and not self._is_ending:
            self._is_ending = True
            _arm(seconds)


def _arm(seconds: float) -> None:
    if sys.gettrace() is None:
        faulthandler.dump_traceback_later(seconds, exit=True)
    else:
        faulthandler.cancel_dump_traceback_later()
