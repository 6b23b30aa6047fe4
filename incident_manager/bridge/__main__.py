"""`python -m incident_manager.bridge`."""

from __future__ import annotations

import sys

from incident_manager.bridge import commands
from incident_manager.commandline.main import run_command


def main() -> int:
    """Run what the command line asks for."""
    return run_command(sys.argv[1:], "python -m incident_manager.bridge", commands)


if __name__ == "__main__":
    sys.exit(main())
