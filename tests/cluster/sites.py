"""Two whole Tocsins on machines of their own that share a cluster of brokers and a database; one of them is far off."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from deploy.local.database import Database
from deploy.local.stack import START_SECONDS, Stack
from deploy.local.start import supervisor_environ
from shared.callers.identity_tokens import make_private_key
from shared.testing.tcp_proxy import TcpProxy
from tests.cluster.network import HERE, Machine
from tests.cluster.nodes import Cluster

HTTP_PORT = 8080
FAR_SECONDS = 0.02
"""How long bytes are on their way between the far site and brokers and database, each way."""


class Site(Stack):
    """The gateway and all services on one machine; it has no broker and no database of its own."""

    def __init__(self, folder: Path, machine: Machine, env: Mapping[str, str]) -> None:
        super().__init__(folder, HTTP_PORT, {**env, "TOCSIN_SERVICE_HOST": "0.0.0.0"})
        self._machine = machine

    @property
    def url(self) -> str:
        return f"http://{self._machine.address()}:{HTTP_PORT}"

    def start(self, seconds: float = START_SECONDS) -> Self:
        """As `make run` does it, on that machine."""
        command = self._machine.command(sys.executable, "-m", "deploy.local", "run")
        environ = supervisor_environ(self.settings)
        ran = subprocess.run(
            command, cwd=self.settings.root, env=environ, capture_output=True, text=True, timeout=seconds
        )
        assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
        return self


class Sites:
    """Both, on a database that may go away. A context manager."""

    def __init__(self, folder: Path, machines: Sequence[Machine], cluster: Cluster) -> None:
        self._folder = folder
        self._cluster = cluster
        self._machines = machines
        self._common = {
            "TOCSIN_SECRET_KEY": secrets.token_hex(16),
            "TOCSIN_IDENTITY_KEY": make_private_key(),
            "TOCSIN_OUTBOUND_ALLOW": f"{HERE}/32",
            "TOCSIN_NAMESPACE": f"t{secrets.token_hex(4)}",
        }
        self._open = ExitStack()
        self._database_links: list[TcpProxy] = []

    def take_database_away(self) -> None:
        """From now on nobody reaches it: what was open breaks, and nothing answers."""
        for link in self._database_links:
            link.black_hole()
            link.cut()

    def bring_database_back(self) -> None:
        """It answers again."""
        for link in self._database_links:
            link.restore()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def _start(self) -> None:
        database = self._open.enter_context(Database(self._folder / "database"))
        self._database_links = [self._proxy(database.url), self._proxy(database.url, delay=FAR_SECONDS)]
        nodes = [node.url for node in self._cluster.nodes]
        slow = [self._proxy(url, delay=FAR_SECONDS).through(url) for url in nodes]
        self.near, self.far = (
            Site(
                self._folder / name,
                machine,
                self._common | {"TOCSIN_AMQP_URL": ",".join(urls), "TOCSIN_MONGO_URL": link.through(database.url)},
            )
            for name, machine, urls, link in zip(
                ("near", "far"), self._machines, (nodes, slow), self._database_links, strict=True
            )
        )
        self._open.enter_context(self.near)
        (self.far.run_dir / "admin.key").write_text(f"{self.near.admin_key}\n")
        self._open.enter_context(self.far)

    def _proxy(self, url: str, *, delay: float = 0.0) -> TcpProxy:
        address = urlsplit(url)
        assert address.hostname
        assert address.port
        proxy = TcpProxy(address.port, target=address.hostname, host=HERE, delay_seconds=delay)
        return self._open.enter_context(proxy)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
