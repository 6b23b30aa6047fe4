"""Machines that are network namespaces of this one, on bridges of their own, with links that can be cut.

Nothing here leaves this machine: the bridges lead nowhere, and this side of them is the machine's own.
"""

from __future__ import annotations

import contextlib
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

CLIENTS, PEERS = "10.77.0", "10.77.1"
"""The first three numbers of the addresses of both networks: what clients reach, and what nodes tell each other by."""
HERE = f"{CLIENTS}.1"
"""This machine's own address on the network of the clients."""


@dataclass(frozen=True, slots=True)
class Link:
    """One cable: `near` is its end at the bridge."""

    near: str

    def cut(self) -> None:
        """Nothing passes from now on, and neither end is told."""
        run("ip", "link", "set", self.near, "down")

    def mend(self) -> None:
        """It passes again."""
        run("ip", "link", "set", self.near, "up")

    @contextmanager
    def severed(self) -> Iterator[None]:
        """Cut, for as long as this block runs."""
        self.cut()
        try:
            yield
        finally:
            self.mend()


@dataclass(frozen=True, slots=True)
class Machine:
    """A namespace with a name of its own, its links by network."""

    namespace: str
    host: int
    """The last number of its addresses."""
    links: dict[str, Link]

    def address(self, network: str = CLIENTS) -> str:
        """Its address on one of the networks."""
        return f"{network}.{self.host}"

    def command(self, *words: str) -> tuple[str, ...]:
        """What runs `words` on this machine. The process keeps its number through all of it."""
        name = ("sh", "-c", 'hostname "$0"; exec "$@"', self.namespace)
        return ("ip", "netns", "exec", self.namespace, "unshare", "--uts", *name, *words)


class Network:
    """Two bridges and the machines on them. A context manager: at its end all of it is gone."""

    def __init__(self) -> None:
        self._mark = f"tc{secrets.token_hex(2)}"
        self._bridges = {CLIENTS: f"{self._mark}c", PEERS: f"{self._mark}p"}
        self._machines: list[Machine] = []

    def machine(self, host: int, networks: Sequence[str] = (CLIENTS,)) -> Machine:
        """A new machine with this last number of its addresses, on these networks."""
        namespace = f"{self._mark}-{host}"
        machine = Machine(namespace, host, {})
        run("ip", "netns", "add", namespace)
        self._machines.append(machine)
        inside = ("ip", "-n", namespace)
        run(*inside, "link", "set", "lo", "up")
        for number, network in enumerate(networks):
            near, far = f"{self._mark}{host}.{number}", f"eth{number}"
            run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", namespace)
            run("ip", "link", "set", near, "master", self._bridges[network], "up")
            run(*inside, "addr", "add", f"{machine.address(network)}/24", "dev", far)
            run(*inside, "link", "set", far, "up")
            machine.links[network] = Link(near)
        return machine

    def __enter__(self) -> Self:
        for network, bridge in self._bridges.items():
            run("ip", "link", "add", bridge, "type", "bridge")
            if network == CLIENTS:
                run("ip", "addr", "add", f"{HERE}/24", "dev", bridge)
            run("ip", "link", "set", bridge, "up")
        return self

    def __exit__(self, *_: object) -> None:
        for machine in self._machines:
            with contextlib.suppress(subprocess.CalledProcessError):
                run("ip", "netns", "del", machine.namespace)
        for bridge in self._bridges.values():
            with contextlib.suppress(subprocess.CalledProcessError):
                run("ip", "link", "del", bridge)


def run(*words: str) -> None:
    """Run a command of the network's; `CalledProcessError` tells what it said."""
    subprocess.run(words, check=True, capture_output=True, text=True, timeout=10)
