"""A whole stack in a run directory of its own, as a test or a benchmark uses it: start, look, kill, stop."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import record
from deploy.local.database import ASKED
from deploy.local.ports import Ports
from deploy.local.processes import Running, all_marked, gone
from deploy.local.readiness import wait_ready
from deploy.local.settings import ROOT, Settings, read_settings
from deploy.local.start import start_stack
from deploy.local.stop import stop_stack
from deploy.local.terminal import CannotStart

START_SECONDS = 120.0


class Stack:
    """`env` adds TOCSIN_* variables; the caller's own are left out, so that a test is repeatable, but for the one that
    names the database server.
    """

    def __init__(
        self,
        run_dir: Path,
        http_port: int | None = None,
        env: Mapping[str, str] | None = None,
        replicas: Mapping[str, int] | None = None,
        *,
        root: Path = ROOT,
    ) -> None:
        self.run_dir = run_dir.absolute()
        self.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._claims = Ports(self.run_dir)
        if http_port is None:
            http_port = self._claims.of(["gateway"])["gateway"]
        else:
            # a stack beside this one that chose it for a service would answer in the gateway's place
            self._claims.claim(http_port)
        self.settings = self._settings(http_port, env or {}, replicas or {}, root)

    def _settings(self, port: int, env: Mapping[str, str], replicas: Mapping[str, int], root: Path) -> Settings:
        plain = {name: value for name, value in os.environ.items() if name == ASKED or not name.startswith("TOCSIN_")}
        ours = {
            "TOCSIN_RUN_DIR": str(self.run_dir),
            "TOCSIN_HTTP_PORT": str(port),
            "TOCSIN_REPLICAS": ",".join(f"{service}={count}" for service, count in replicas.items()),
        }
        return read_settings({**plain, **env, **ours}, root=root)

    @property
    def url(self) -> str:
        return self.settings.url

    @property
    def admin_key(self) -> str:
        return (self.run_dir / "admin.key").read_text().strip()

    def start(self, seconds: float = START_SECONDS) -> Self:
        """Start what does not run and wait until the gateway says that all is ready."""
        start_stack(self.settings)
        wait_ready(self.settings, seconds)
        return self

    def stop(self) -> None:
        stop_stack(self.run_dir)
        self._claims.close()

    def pid(self, name: str) -> int:
        """What the pid file of `oncall`, `oncall.2`, `broker`, `supervisor`, … says."""
        return int((self.run_dir / f"{name}.pid").read_text())

    def base_url(self, name: str) -> str:
        """Where this one process answers."""
        known = record.read(self.run_dir)
        if known is None:
            raise CannotStart(f"Nothing runs in {self.run_dir}.")
        return f"http://127.0.0.1:{known.ports[name]}"

    def kill(self, name: str) -> None:
        """As `kill -9` does it; returns when that process is gone."""
        victims = [process for process in all_marked(self.run_dir) if process.pid == self.pid(name)]
        for victim in victims:
            victim.send(signal.SIGKILL)
        gone(victims, 5)

    def running(self) -> dict[Running, str]:
        """Every process of this stack and the name it was started under."""
        return all_marked(self.run_dir)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
