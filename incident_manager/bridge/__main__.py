"""`python -m incident_manager.bridge`."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Run what the command line asks for. An interrupt ends it without a word, also while modules are read."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from incident_manager.bridge import commands  # noqa: PLC0415 - see above
    from incident_manager.commandline.main import run_command  # noqa: PLC0415 - see above
    from incident_manager.interrupt import interrupt_once  # noqa: PLC0415 - see above

    signal.signal(signal.SIGINT, interrupt_once)
    return run_command(sys.argv[1:], "python -m incident_manager.bridge", commands)


if __name__ == "__main__":
    sys.exit(main())
