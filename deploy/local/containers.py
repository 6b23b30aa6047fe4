"""What the tests in containers need of the system: podman with its parts, and what makes a Debian in a folder."""

import os
import shutil

from deploy.local.debian import install_packages
from deploy.local.terminal import CannotStart

PACKAGES = {
    "podman": "podman",
    "runc": "runc",  # crun wants one kind of control groups, and raises limits that not everybody may raise
    "catatonit": "catatonit",  # the first process of containers that ask for one
    "iptables": "iptables",
    "debootstrap": "debootstrap",
}
"""Each package by a program of its own."""
NETWORKS = ["netavark", "aardvark-dns"]
"""Networks of containers and names on them; their programs are on nobody's PATH."""


def install_engine() -> None:
    """Install what is missing of it. Raises CannotStart for who is not root."""
    if os.geteuid() != 0:
        raise CannotStart("Containers with limits and networks of their own are root's: run this as root.")
    if missing := [package for program, package in PACKAGES.items() if shutil.which(program) is None]:
        install_packages([*missing, *NETWORKS], why="There is no whole container engine here", daemon="podman.socket")
