"""Every port but the gateway's is chosen free once and kept in `ports.json`.

Two stacks that choose in the same moment never choose the same port: who hands a port out holds a claim on it, an
abstract socket that the kernel drops with its holder. Ports lie below the range that the system takes for outgoing
connections, so none is lost to one while its server is being restarted.
"""

import json
import random
import socket
from collections.abc import Collection, Iterable
from pathlib import Path

from deploy.local.run_dir import read_json, write_whole
from deploy.local.terminal import CannotStart

RANGE = range(20_000, 32_000)


class Ports:
    """The ports of one run directory, claimed for as long as this object is open."""

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / "ports.json"
        kept = read_json(self._path)
        self._ports = {name: port for name, port in kept.items() if isinstance(port, int)}
        self._claims: dict[int, socket.socket] = {}

    def of(self, names: Iterable[str], *, running: Collection[str] = ()) -> dict[str, int]:
        """A port for each name. One that a stranger took is chosen anew; `running` names hold their own."""
        names = list(names)
        for name in names:
            port = self._ports.get(name)
            if name in running and port is not None:
                self._claim(port)
            elif port is None or not (self._claim(port) and is_free(port)):
                self._ports[name] = self._choose()
        write_whole(self._path, json.dumps(self._ports, indent=1))
        return {name: self._ports[name] for name in names}

    def claim(self, port: int) -> bool:
        """Keep others from choosing a port that was chosen otherwise; False when somebody has a claim on it."""
        return self._claim(port)

    def close(self) -> None:
        for claim in self._claims.values():
            claim.close()
        self._claims.clear()

    def _choose(self) -> int:
        taken = set(self._ports.values())
        for _ in RANGE:
            port = random.choice(RANGE)  # noqa: S311 - no secret: it only keeps two stacks apart
            if port not in taken and self._claim(port) and is_free(port):
                return port
        raise CannotStart(f"No free port between {RANGE.start} and {RANGE.stop}.")

    def _claim(self, port: int) -> bool:
        if port in self._claims:
            return True
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0tocsin-port-{port}")
        except OSError:
            claim.close()
            return False
        self._claims[port] = claim
        return True


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now. Connections of a dead server that still linger do not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether somebody takes connections on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
