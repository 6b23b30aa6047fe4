"""A folder with another Debian in it, made once and kept; what runs in it sees its mounts, and nobody else does.

The mounts are in a mount namespace of the command's own and its processes in a process namespace of their own, so both
end with the command, however it ends. The network is this machine's.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.debian import install_packages
from deploy.local.terminal import CannotStart, must, say

HOME, TEMPORARY = Path("/root"), Path("/tmp")  # noqa: S108 - the folder's own
_MADE = ".tocsin-made"
_OF_THE_MACHINE = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf")
_OF_THE_PERSON = (".pip/pip.conf", ".config/pip/pip.conf")
_PASSED_ON = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_ENTER = """\
set -e
mount --rbind /sys "$0/sys"
mount --rbind /dev "$0/dev"
mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"
mount -t proc proc "$0/proc"
exec chroot "$0" "$@"
"""


@dataclass(frozen=True)
class Chroot:
    """The folder, which holds nothing but what is made here, and Debian's name for the release in it."""

    folder: Path
    suite: str

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else makes it or runs in it meanwhile; whoever comes later waits."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self.folder.with_name(f"{self.folder.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"{self.folder} is in use; waiting until it is free …")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def make(self, packages: Sequence[str], mirror: str) -> None:
        """Put a minimal Debian with these packages into the folder, unless it is there. Raises CannotStart."""
        made, wanted = self.folder / _MADE, " ".join((self.suite, *sorted(packages)))
        if made.exists() and made.read_text() == wanted:
            return
        if shutil.which("debootstrap") is None:
            install_packages(["debootstrap"], why="There is no debootstrap here")
        self._remove()
        say(f"Making {self.folder}: a minimal Debian {self.suite} with {', '.join(packages)} …")
        options = ("--variant=minbase", f"--include={','.join(packages)}")
        must(["debootstrap", *options, self.suite, str(self.folder), mirror], f"{self.folder} could not be made.")
        made.write_text(wanted)

    def copy_settings(self, environ: Mapping[str, str]) -> None:
        """Names, certificates and the settings of pip are those of this machine and of who calls."""
        home = Path(environ.get("HOME", HOME))
        copies = {Path(path): Path(path) for path in _OF_THE_MACHINE}
        copies |= {home / path: HOME / path for path in _OF_THE_PERSON}
        if own := environ.get("PIP_CONFIG_FILE"):
            copies[Path(own)] = Path(own)
        for source, target in copies.items():
            if source.is_file():
                place = self.inside(target)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.unlink(missing_ok=True)
                shutil.copyfile(source, place)

    def inside(self, path: Path) -> Path:
        """Where this machine has a path of the folder's."""
        return self.folder / path.relative_to("/")

    def command(self, words: Sequence[str]) -> list[str]:
        """What runs `words` in it, as root."""
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _ENTER, str(self.folder), *words]

    def run(self, words: Sequence[str], environ: Mapping[str, str]) -> int:
        """Run a command in it, to be seen at the terminal; its exit code."""
        return subprocess.run(self.command(words), env=environ_inside(environ), check=False).returncode

    def ask(self, words: Sequence[str], environ: Mapping[str, str]) -> str:
        """What a command in it says, without the blanks around. Raises CannotStart when it fails."""
        return must(self.command(words), f"{words[0]} failed in {self.folder}.", env=environ_inside(environ)).strip()

    def _remove(self) -> None:
        """Of a making that was interrupted. Nothing is mounted below it that this process could see."""
        if os.path.ismount(self.folder):
            raise CannotStart(f"{self.folder} is a mount; give it a folder of its own.")
        must(["rm", "-rf", "--one-file-system", str(self.folder)], f"{self.folder} could not be removed.")


def environ_inside(environ: Mapping[str, str]) -> dict[str, str]:
    """What a command in it gets of the caller's environment: proxies, certificates and settings of pip and uv."""
    passed_on = {
        name: value
        for name, value in environ.items()
        if name.startswith(("PIP_", "UV_")) or name in _PASSED_ON or name.lower().endswith("_proxy")
    }
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {**passed_on, "PATH": path, "HOME": str(HOME), "LANG": "C.UTF-8", "TERM": environ.get("TERM", "dumb")}
