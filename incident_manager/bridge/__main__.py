"""`python -m incident_manager.bridge`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from incident_manager.interrupt import run_program


def main() -> int:
    """Run what the command line asks for."""
    return run_program(_read)


def _read() -> Callable[[], int]:
    from incident_manager.bridge import commands  # noqa: PLC0415 - an interrupt may come meanwhile
    from incident_manager.commandline.main import run_command  # noqa: PLC0415 - as above

    return lambda: run_command(sys.argv[1:], "python -m incident_manager.bridge", commands)


if __name__ == "__main__":
    sys.exit(main())
