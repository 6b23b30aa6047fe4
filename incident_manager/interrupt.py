"""An interrupt ends a program once, and without a traceback, also while its modules are read.

A second one would only meet it while it ends: `timeout`, terminals and shells often send it twice, to the process and
to its group.
"""

from __future__ import annotations

import signal
from collections.abc import Callable


def run_program(read: Callable[[], Callable[[], int]]) -> int:
    """Read the program's modules, which `read` does, run what it returns, and return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    run = read()
    signal.signal(signal.SIGINT, interrupt_once)
    return run()


def interrupt_once(*_: object) -> None:
    """The handler of SIGINT: raises `KeyboardInterrupt` the first time, and ignores it from then on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
