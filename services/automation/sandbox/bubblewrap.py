"""What bubblewrap is told, so that a script sees no more than it needs. Pure.

A script's world: the machine's programs and libraries (`/usr`), read-only, and a few files of `/etc` without which
programs fail; empty `/tmp` and `/dev/shm` in memory; processes, users, network and host name of its own; the folders
that its step names. Nothing else of the machine is there, so nothing else can be read. Values of parameters and the
script go by open files, never on a command line, which everybody on the machine may read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.automation.scripts.job import Interpreter, ScriptJob

SCRIPT_USER = 65530
"""User and group of a script, inside and, when automation is root, outside: of no range that Debian or systemd use."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SCRIPT = "/script"
TEMPORARY = "/tmp"  # noqa: S108 - a file system of the script's own
SHARED_MEMORY_BYTES = 16 * 1024 * 1024
OPEN_FILES = 256
SUPERVISING = 2
"""Processes that are counted with a script's and are not its own: bubblewrap, and what waits for the script's end."""
OF_PROGRAMS = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime")
OF_NETWORK = (
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/pki/ca-trust/extracted",
    "/etc/pki/tls/certs",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
)
PASSWD = f"script:x:{SCRIPT_USER}:{SCRIPT_USER}::{TEMPORARY}:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\n"
GROUP = f"script:x:{SCRIPT_USER}:\nnogroup:x:65534:\n"

GATE = """\
while [ "$1" != -- ]; do
  [ "$(stat -c %d:%i "$1")" = "$2" ] || { echo "moved $1" >&0; exit 125; }
  [ -w "$1" ] || { echo "closed $1" >&0; exit 125; }
  shift 2
done
shift
echo ready >&0
read -r answer || exit 125
[ "$answer" = go ] || exit 125
exec </dev/null
"$@"
exit "$?"
"""
"""The first process in the sandbox. It looks whether the folders are those that were meant (one could have been
exchanged for a link while the mounts were made), and starts the script when it is told to: by then whoever tells it can
end everything, and everything ends with whoever tells it. Its standard input leads to automation until then.
"""


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs that make a sandbox, by their paths on this machine."""

    bwrap: str
    prlimit: str
    nice: str
    setpriv: str | None
    """Needed to become another user, when automation is root; else None."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that a script may write in."""

    path: str
    source: str
    """Where it is on this machine, without links."""
    mark: str
    """`device:inode` of the one that was looked at."""


@dataclass(frozen=True, slots=True)
class Descriptors:
    """Open files that bubblewrap reads from or writes to."""

    script: int
    passwd: int
    group: int
    status: int
    seccomp: int | None


@dataclass(frozen=True, slots=True)
class Host:
    """What of this machine shows up in a sandbox."""

    tools: Tools
    links: tuple[tuple[str, str], ...]
    """Names at the root that are links there, such as `/bin` to `usr/bin`."""
    folders: tuple[str, ...]
    """Names at the root that are folders of programs or libraries, such as `/usr`."""
    interpreters: Mapping[Interpreter, str]


def sandbox_arguments(host: Host, job: ScriptJob, folders: Sequence[Folder], given: Descriptors) -> list[str]:
    """Bubblewrap's arguments, which it reads from an open file."""
    user = str(SCRIPT_USER)
    said = ["--unshare-all", "--unshare-user", "--disable-userns", *(["--share-net"] if job.network else [])]
    said += ["--uid", user, "--gid", user, "--hostname", "sandbox", "--cap-drop", "ALL"]
    said += ["--die-with-parent", "--new-session", "--as-pid-1", "--clearenv"]
    for path in host.folders:
        said += ["--ro-bind", path, path]
    for path, target in host.links:
        said += ["--symlink", target, path]
    said += ["--perms", "0755", "--dir", "/etc"]
    for path in (*OF_PROGRAMS, *(OF_NETWORK if job.network else ())):
        said += ["--ro-bind-try", path, path]
    said += ["--ro-bind-data", str(given.passwd), "/etc/passwd", "--ro-bind-data", str(given.group), "/etc/group"]
    said += ["--proc", "/proc", "--dev", "/dev"]
    said += ["--perms", "1777", "--size", str(SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]  # noqa: S108
    said += ["--perms", "1777", "--size", str(job.limits.file_bytes), "--tmpfs", TEMPORARY]
    for folder in folders:
        said += ["--bind", folder.source, folder.path]
    said += ["--perms", "0444", "--ro-bind-data", str(given.script), SCRIPT, "--remount-ro", "/", "--chdir", TEMPORARY]
    for name, value in {"PATH": PATH, "HOME": TEMPORARY, "LANG": "C.UTF-8", **job.environment}.items():
        said += ["--setenv", name, value]
    if given.seccomp is not None:
        said += ["--seccomp", str(given.seccomp)]
    return [*said, "--json-status-fd", str(given.status)]


def launch_command(
    host: Host, job: ScriptJob, folders: Sequence[Folder], arguments: int, *, memory_each: bool
) -> list[str]:
    """The command that starts a sandbox whose arguments are read from the open file `arguments`.

    `memory_each` limits the memory of each process, where there is no group of them to limit.
    """
    tools, limits = host.tools, job.limits
    become = []
    if tools.setpriv is not None:
        user = str(SCRIPT_USER)
        become = [tools.setpriv, "--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs"]
    # processes are counted by user and namespace, so their limit is set inside: outside the user may have others
    within = [tools.prlimit, f"--nproc={limits.processes + 1}"]
    if memory_each:
        within.append(f"--as={limits.memory_bytes}")
    return [
        tools.nice,
        "--adjustment=10",
        tools.prlimit,
        "--core=0",
        f"--fsize={limits.file_bytes}",
        f"--nofile={OPEN_FILES}",
        *become,
        tools.bwrap,
        "--args",
        str(arguments),
        "--",
        "/bin/sh",
        "-c",
        GATE,
        "sandbox",
        *(word for folder in folders for word in (folder.path, folder.mark)),
        "--",
        *within,
        host.interpreters[job.interpreter],
        SCRIPT,
    ]
