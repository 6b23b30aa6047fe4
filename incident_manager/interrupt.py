"""An interrupt ends the program once: a second one would only meet it while it ends, and leave a traceback.

`timeout`, terminals and shells often send it twice, to the process and to its group.
"""

from __future__ import annotations

import signal


def interrupt_once(*_: object) -> None:
    """The handler of SIGINT: raises `KeyboardInterrupt` the first time, and ignores it from then on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
