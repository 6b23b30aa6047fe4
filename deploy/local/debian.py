"""Installs Debian packages when it may (root or sudo without a password), and never leaves a daemon started by them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.terminal import CannotStart, must, say

POLICY = Path("/usr/sbin/policy-rc.d")


def install_packages(packages: list[str], *, why: str, daemon: str | None = None) -> None:
    """Install `packages` or say in one message which command a person has to run.

    `daemon` is the service that comes with them and that nobody asked for: it runs neither now nor after a reboot.
    """
    command = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    as_root = _root_prefix()
    if shutil.which("apt-get") is None:
        raise CannotStart(f"{why}, and this is no Debian. Install by hand: {' '.join(packages)}")
    if as_root is None:
        raise CannotStart(
            f"{why}. Run this once, then again what you just ran:\n  sudo apt-get update && sudo {command}"
        )
    say(f"{why}; installing {' '.join(packages)} …")
    otherwise = f"{why}, and installing it failed. Try by hand: {command}"
    quiet = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive"]
    must([*quiet, "apt-get", "update"], otherwise)
    with _no_daemons_started(as_root):
        must([*quiet, *command.split(), "-o", "DPkg::Lock::Timeout=300"], otherwise)
    if daemon is not None and shutil.which("systemctl"):
        subprocess.run([*as_root, "systemctl", "disable", "--now", daemon], capture_output=True, check=False)


def _root_prefix() -> list[str] | None:
    """What to put before a command so that root runs it; None when we may not."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


@contextmanager
def _no_daemons_started(as_root: list[str]) -> Iterator[None]:
    """Debian asks `policy-rc.d` before a package starts its daemon; ours says no. A policy that is there stays."""
    if POLICY.exists():
        yield
        return
    with tempfile.NamedTemporaryFile("w") as policy:
        policy.write("#!/bin/sh\nexit 101\n")
        policy.flush()
        must([*as_root, "install", "-m", "0755", policy.name, str(POLICY)], f"{POLICY} could not be written.")
    try:
        yield
    finally:
        must([*as_root, "rm", "-f", str(POLICY)], f"{POLICY} could not be removed.")
