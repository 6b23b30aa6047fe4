"""`python -m incident_manager`, also installed as `incident-manager`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path


def main() -> int:
    """Run what the command line asks for. An interrupt ends it without a word, also while modules are read."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from incident_manager.commandline.main import run_command  # noqa: PLC0415 - see above
    from incident_manager.interrupt import interrupt_once  # noqa: PLC0415 - see above

    signal.signal(signal.SIGINT, interrupt_once)
    is_module = Path(sys.argv[0]).name == "__main__.py"
    return run_command(sys.argv[1:], "python -m incident_manager" if is_module else "incident-manager")


if __name__ == "__main__":
    sys.exit(main())
