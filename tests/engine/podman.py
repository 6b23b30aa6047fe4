"""podman with a store, a configuration and a socket of its own, away from whatever else of podman is on the machine.

It runs as root where root may not do everything. Three things differ from podman's defaults then, all by configuration:
limits are those that this process has (raising them is not allowed everywhere, and podman raises them unless told),
control groups are made by file and not by systemd, and the runtime is runc, which can do with groups of both kinds.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local.run_dir import make_private, write_whole

STORE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tocsin-engine"
"""Images, containers and volumes. They stay, for to make the images takes minutes; the folder may be removed."""
RUNNING = Path("/run/tocsin-engine")
"""What is gone after the machine's next start."""
COMMAND_SECONDS = 120.0
_CONTAINERS = """\
[containers]
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
env = ["DISABLE_HC_SYSTEMD=true"]
static_dir = "{store}/storage/libpod"
tmp_dir = "{running}/libpod"
volume_path = "{store}/volumes"
[network]
network_backend = "netavark"
network_config_dir = "{store}/networks"
"""
_STORAGE = '[storage]\ndriver = "overlay"\ngraphroot = "{store}/storage"\nrunroot = "{running}/storage"\n'
_REGISTRIES = 'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "disabled"\n'


class EngineError(Exception):
    """What podman said when it failed."""


class Podman:
    """The engine. Whoever makes one has its configuration written anew, which is always the same."""

    def __init__(self) -> None:
        settings = make_private(STORE)
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        # as many processes as there are numbers for, by half: podman itself starts with no more than there are
        processes = int(Path("/proc/sys/kernel/pid_max").read_text()) // 2
        places = {"store": str(STORE), "running": str(RUNNING)}
        write_whole(settings / "containers.conf", _CONTAINERS.format(files=files, processes=processes, **places))
        write_whole(settings / "storage.conf", _STORAGE.format(**places))
        write_whole(settings / "registries.conf", _REGISTRIES)
        self.environ = os.environ | {
            "CONTAINERS_CONF": str(settings / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(settings / "storage.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(settings / "registries.conf"),
        }

    def run(self, *words: str, seconds: float = COMMAND_SECONDS, feed: Any = None) -> str:
        """What `podman` prints to these words; `feed` is its standard input. Raises EngineError."""
        command = ["podman", *words]
        try:
            done = subprocess.run(
                command, env=self.environ, stdin=feed, capture_output=True, text=True, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            raise EngineError(f"podman {words[0]} took more than {seconds:.0f} s") from None
        if done.returncode != 0:
            raise EngineError(f"podman {' '.join(words[:4])}: {(done.stderr or done.stdout)[-2000:]}")
        return done.stdout

    def does(self, *words: str, seconds: float = COMMAND_SECONDS) -> bool:
        """Whether podman succeeds with these words."""
        try:
            self.run(*words, seconds=seconds)
        except EngineError:
            return False
        return True

    def inspect(self, *names: str) -> list[Any]:
        """What the engine tells of these containers or images."""
        found: list[Any] = json.loads(self.run("inspect", *names))
        return found

    def has_image(self, name: str) -> bool:
        """Whether it is here already."""
        return self.does("image", "exists", name)

    def build(self, file: Path, context: Path, tag: str, arguments: Sequence[str] = ()) -> None:
        """Build an image from what is here: nothing is pulled."""
        given = [word for argument in arguments for word in ("--build-arg", argument)]
        # podman's own format of images has no health check
        words = ("--format", "docker", "--network", "host", "--pull=never", "--file", str(file), "--tag", tag, *given)
        self.run("build", *words, str(context), seconds=600)

    @contextmanager
    def served(self) -> Iterator[str]:
        """The engine's own API for as long as this block runs: the address for `DOCKER_HOST`."""
        socket = make_private(RUNNING) / f"{os.getpid()}.sock"
        address = f"unix://{socket}"
        command = ["podman", "system", "service", "--time", "0", address]
        with subprocess.Popen(command, env=self.environ, stdout=subprocess.DEVNULL) as server:
            try:
                deadline = time.monotonic() + 20
                while not socket.exists():
                    if server.poll() is not None or time.monotonic() > deadline:
                        raise EngineError("podman's service did not start")
                    time.sleep(0.05)
                yield address
            finally:
                server.terminate()
                with contextlib.suppress(FileNotFoundError):
                    socket.unlink()
