"""What the tests of a cluster need beside the broker: the right to make network namespaces, and the tool for it."""

import os
import shutil

from deploy.local.debian import install_packages
from deploy.local.terminal import CannotStart


def install_network_tools() -> None:
    """Debian's `iproute2` when it is not there yet. Raises CannotStart for who is not root."""
    if os.geteuid() != 0:
        raise CannotStart("Network namespaces are made by root: run `make test-cluster` as root.")
    if shutil.which("ip") is None:
        install_packages(["iproute2"], why="There is no `ip` here")
