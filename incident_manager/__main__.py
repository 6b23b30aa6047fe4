"""`python -m incident_manager`, also installed as `incident-manager`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from incident_manager.interrupt import run_program


def main() -> int:
    """Run what the command line asks for."""
    return run_program(_read)


def _read() -> Callable[[], int]:
    from incident_manager.commandline.main import run_command  # noqa: PLC0415 - an interrupt may come meanwhile

    is_module = Path(sys.argv[0]).name == "__main__.py"
    return lambda: run_command(sys.argv[1:], "python -m incident_manager" if is_module else "incident-manager")


if __name__ == "__main__":
    sys.exit(main())
