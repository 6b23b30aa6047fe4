"""Runs the tests on Debian 13, which has Python 3.13 and RabbitMQ 4, in a folder of this machine.

What is tried is a clone of what is committed. All else stays from run to run: the packages, and what pip has fetched.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from deploy.local.chroot import HOME, TEMPORARY, Chroot
from deploy.local.terminal import CannotStart, complain, must, say

DEBIAN_13 = Chroot(Path("/var/cache/tocsin/debian13"), "trixie")
PACKAGES = ("ca-certificates", "curl", "git", "make", "procps", "python3", "python3-venv")
SERVERS = ("rabbitmq-server", "erlang-base")
"""Installed there by `make setup`, as anywhere."""
TREE = HOME / "tocsin"
ALL_TIERS = ("test",)
_APT = Path("/etc/apt")


def run_tests(
    root: Path, targets: Sequence[str], words: Sequence[str], environ: Mapping[str, str] = os.environ
) -> None:
    """Run these targets of the Makefile there, one after the other; `words` are pytest's.

    Raises CannotStart when one fails, or for who is not root.
    """
    if os.geteuid() != 0:
        raise CannotStart("Another Debian is entered by root: run `make test-debian13` as root.")
    there = DEBIAN_13
    with there.held():
        there.make(PACKAGES, mirror())
        there.copy_settings(environ)
        _clear(there.inside(TEMPORARY))
        _clone(root, there.inside(TREE))
        make = ["make", "--keep-going", "--no-print-directory", "-C", str(TREE), *(targets or ALL_TIERS)]
        code = there.run([*make, f"ARGS={shlex.join(words)}"], environ)
        say(f"Run there: {', '.join(_versions(there, environ))}.")
    if code != 0:
        raise CannotStart(f"Failed on Debian 13; {there.folder} still has what the tests left.")


def mirror() -> str:
    """Where this machine has the packages of its own Debian from. Raises CannotStart."""
    return find_mirror(_apt_settings(), Path("/etc/os-release").read_text())


def find_mirror(settings: str, os_release: str) -> str:
    """Where the package settings of this machine have the packages of its own Debian from. Raises CannotStart."""
    system = dict(re.findall(r'^(ID|VERSION_CODENAME)="?([\w-]+)"?$', os_release, re.MULTILINE))
    if system.get("ID") == "debian":
        for address, suites in _sources(settings):
            if system.get("VERSION_CODENAME") in suites:
                return address
    raise CannotStart("The package settings of this machine name no mirror of Debian.")


def _sources(settings: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Each address and the suites that are had from it, of both ways to write them."""
    for line in re.findall(r"^deb[ \t]+(?:\[[^]\n]*\][ \t]*)?(\S+[ \t]+\S+)", settings, re.MULTILINE):
        address, suite = line.split()
        yield address, (suite,)
    for stanza in re.split(r"\n\s*\n", settings):
        fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE))
        if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes") != "no":
            for address in fields.get("URIs", "").split():
                yield address, fields.get("Suites", "").split()


def _apt_settings() -> str:
    folder = _APT / "sources.list.d"
    files = [_APT / "sources.list", *sorted(folder.glob("*.list")), *sorted(folder.glob("*.sources"))]
    return "\n\n".join(file.read_text() for file in files if file.is_file())


def _clear(folder: Path) -> None:
    """Empty it of what the run before has left."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _clone(root: Path, target: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    if must(["git", "-C", str(root), "status", "--porcelain"], f"{root} is no clone of git's."):
        complain("What is not committed is not tried.")
    must(["git", "clone", "--quiet", "--no-hardlinks", str(root), str(target)], f"{root} could not be cloned.")


def _versions(there: Chroot, environ: Mapping[str, str]) -> Iterator[str]:
    yield f"Debian {there.inside(Path('/etc/debian_version')).read_text().strip()}"
    yield there.ask(["python3", "--version"], environ)
    asked = there.command(["dpkg-query", "-W", "-f", "${Package} ${Version}\\n", *SERVERS])
    yield from subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()
