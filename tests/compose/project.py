"""deploy/compose.yaml as a person runs it, under podman-compose: brought up, looked at, killed, taken down.

podman 4.3 has neither systemd's timers here, which would run its health checks, nor conditions to wait for. So the
checks are run by this file, and containers are started by it in the order that `depends_on` says.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.local.readiness import ask
from deploy.local.settings import ROOT
from tests.engine.images import stand_in
from tests.engine.podman import EngineError, Podman

HERE = Path(__file__).parent
NAME = "tocsin-test"
"""Of the project; its containers' names begin so."""
UP_SECONDS = 180.0
NOT_HERE = {"grafana"}
"""Has no stand-in, so it is left out everywhere."""
INSIDE = f"{NAME}_inside"
OUTSIDE = f"{NAME}_outside"


class Project:
    """One project with secrets and settings of its own in `folder`. Its volumes outlive `down`, until `remove`."""

    def __init__(self, podman: Podman, folder: Path, images: Mapping[str, str]) -> None:
        self.podman = podman
        self.deploy = folder / "deploy"
        shutil.copytree(ROOT / "deploy", self.deploy, ignore=shutil.ignore_patterns("secrets", "local", "__pycache__"))
        subprocess.run(["sh", str(self.deploy / "make_secrets.sh")], check=True, capture_output=True)
        self.services: dict[str, Any] = {
            name: one
            for name, one in yaml.safe_load((self.deploy / "compose.yaml").read_text())["services"].items()
            if name not in NOT_HERE
        }
        self.port = _free_port()
        self._pid_files: dict[str, Path] = {}
        self.environ = podman.environ | {
            **{f"TOCSIN_TEST_{name.upper()}": image for name, image in images.items()},
            "TOCSIN_HTTP_PORT": str(self.port),
            "TOCSIN_OUTBOUND_ALLOW": "10.0.0.0/8",
        }
        self._files = [self.deploy / "compose.yaml", HERE / "override.yaml"]
        if images["mongodb"] == stand_in("mongodb"):
            self._files.append(HERE / "stand-in.yaml")
            url = self.deploy / "secrets" / "mongo-url"
            address = url.read_text().partition("?")[0]
            url.write_text(f"{address}?directConnection=true&retryWrites=false&authSource=admin")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin_key(self) -> str:
        """As docs/operations.md says where it is."""
        return self.podman.run("exec", self.container("gateway"), "cat", "/run/tocsin/admin.key").strip()

    @property
    def stays(self) -> list[str]:
        """The services that do not end by themselves."""
        return [name for name in self.services if name != "mongodb-init"]

    def container(self, service: str) -> str:
        """The name of its container."""
        return f"{NAME}_{service}_1"

    def compose(self, *words: str, version: str = "") -> str:
        """What podman-compose prints to these words; it succeeds whatever becomes of what it starts."""
        program = str(Path(sys.executable).parent / "podman-compose")
        files = [word for file in self._files for word in ("--file", str(file))]
        environ = self.environ | ({"TOCSIN_VERSION": version} if version else {})
        done = subprocess.run(
            [program, "--project-name", NAME, *files, *words], env=environ, capture_output=True, text=True, timeout=180
        )
        return done.stdout + done.stderr

    def up(self, *, version: str = "", only: Sequence[str] = ()) -> float:
        """Make and start what is not there, and wait until all is well: the seconds from the first start on.

        `version` names the tag of Tocsin's image, `only` the services to make; all by default.
        """
        names = list(only) or list(self.services)
        # without `--no-deps` each container would start its dependencies again, also the one that has ended
        said = self.compose("up", "--no-build", "--no-deps", "--no-start", *names, version=version)
        if "Error" in said:
            raise EngineError(said[-2000:])
        self._pid_files.clear()
        began = time.monotonic()
        done = set(self.services) - set(names)
        while left := [name for name in names if name not in done]:
            ready = [name for name in left if set(self.services[name].get("depends_on", ())) <= done]
            self.podman.run("start", *map(self.container, ready))
            for name in ready:
                self.wait_for(name)
            done |= set(ready)
        self.wait_ready()
        return time.monotonic() - began

    def wait_for(self, name: str) -> None:
        """Until it is well or, where it ends by itself, has ended well."""
        if name in self.stays:
            _wait(f"{name} is well", lambda: self.well(name))
        else:
            ended = self.podman.run("wait", self.container(name)).strip()
            if ended != "0":
                raise EngineError(f"{name} ended with {ended}: {self.logs(name)[-1000:]}")

    def wait_ready(self, seconds: float = UP_SECONDS) -> None:
        """Until the gateway says that the whole is ready."""
        _wait("the whole is ready", lambda: ask(f"{self.url}/readyz").status == 200, seconds)

    def well(self, name: str) -> bool:
        """Whether its health check succeeds now."""
        return self.podman.does("healthcheck", "run", self.container(name))

    def ill(self) -> list[str]:
        """The services that run and are not well, or do not run."""
        return [name for name in self.stays if not self.well(name)]

    def start(self) -> None:
        """Nobody has to: each container is started again by the engine."""

    def pid(self, name: str) -> int:
        """The first process of its container; the last one's while it does not run."""
        if name not in self._pid_files:
            told = self.podman.run("inspect", "--format", "{{.ConmonPidFile}}", self.container(name))
            self._pid_files[name] = Path(told.strip()).with_name("pidfile")
        return int(self._pid_files[name].read_text() or 0)

    def kill(self, name: str) -> None:
        """As the kernel does it, not as a person who asks the engine to: that would be wanted, and the end of it."""
        os.kill(self.pid(name), signal.SIGKILL)

    def base_url(self, name: str) -> str:
        """Where it answers this machine, by the network inside."""
        shape = f'{{{{ (index .NetworkSettings.Networks "{INSIDE}").IPAddress }}}}'
        address = self.podman.run("inspect", "--format", shape, self.container(name)).strip()
        return f"http://{address}:{9090 if name == 'prometheus' else 8000}"

    def here(self) -> str:
        """This machine's address for those who may call the outside."""
        shape = f'{{{{ (index .NetworkSettings.Networks "{OUTSIDE}").Gateway }}}}'
        return self.podman.run("inspect", "--format", shape, self.container("comms")).strip()

    def state(self, name: str) -> dict[str, Any]:
        """What the engine says of it."""
        found: dict[str, Any] = self.podman.inspect(self.container(name))[0]
        return found

    def logs(self, name: str) -> str:
        """All that the engine keeps of what it said."""
        return self.podman.run("logs", self.container(name))

    def down(self) -> None:
        """Stop and remove the containers, each with its time to drain; the volumes stay."""
        self._down()

    def remove(self) -> None:
        """The containers and the volumes."""
        self._down("--volumes", "--timeout", "1")

    def _down(self, *words: str) -> None:
        said = self.compose("down", *words)
        if left := self.podman.run("ps", "--all", "--quiet", "--filter", f"name={NAME}_"):
            raise EngineError(f"still there: {left}\n{said[-2000:]}")


def secrets_in(folder: Path) -> Iterable[str]:
    """Every generated secret that a file of this folder holds: whole texts, and passwords within."""
    for file in folder.iterdir():
        text = file.read_text().strip()
        if text:
            yield text.rpartition("default_pass = ")[2]


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def _wait(what: str, ready: Callable[[], bool], seconds: float = UP_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise EngineError(f"not so within {seconds:.0f} s: {what}")
        time.sleep(0.25)
