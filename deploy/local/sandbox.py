"""What scripts of runbooks are confined by. Tocsin runs without it: steps that want a sandbox are refused then."""

import shutil

from deploy.local.debian import install_packages
from deploy.local.terminal import CannotStart, complain

PROGRAM = "bwrap"


def install_sandbox() -> None:
    """Debian's bubblewrap when it is not there yet; what it means that it can't be is said."""
    if shutil.which(PROGRAM) is not None:
        return
    try:
        install_packages(["bubblewrap"], why="There is no bubblewrap here, in which scripts of runbooks run")
    except CannotStart as problem:
        complain(f"{problem}\nGoing on without it: script steps that run beside automation are refused.")
