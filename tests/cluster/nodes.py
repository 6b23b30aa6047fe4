"""A cluster of RabbitMQ nodes, each on a machine of its own: clients come by one network, peers by the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.broker import BROKER, DISTRIBUTION, NAME_DIRECTORY, Broker
from deploy.local.processes import Program
from deploy.local.run_dir import kept_secret, write_whole
from tests.cluster.network import CLIENTS, PEERS, Machine, Network

PORTS = {BROKER: 5672, DISTRIBUTION: 25672, NAME_DIRECTORY: 4369}
"""The same on every machine: nodes look for each other's name directory at their own's port."""
NET_TICK_SECONDS = 10
"""After so long, or up to a quarter more, a node takes a silent peer for gone."""
JOINED_SECONDS = 60.0
_WRITE_SIGHT = """\
spawn(fun() ->
    (fun Again() -> timer:sleep(250), file:write_file("FILE", integer_to_list(1 + length(nodes()))), Again() end)()
end).
"""
"""`rabbitmqctl` wants a machine with a domain; a node can say itself whom it sees."""


class Node(Broker):
    """The embedded broker as one node of several."""

    def __init__(self, folder: Path, machine: Machine, names: Sequence[str]) -> None:
        super().__init__(folder, PORTS, host=machine.address(), peer_host=machine.address(PEERS))
        self.machine = machine
        self.node_name = name_on(machine)
        self._names = names

    def prepare(self) -> None:
        """The embedded broker's files, and who else is in the cluster."""
        super().prepare()
        self._sight.unlink(missing_ok=True)
        script = self.folder / "write-down.erl"
        script.write_text(script.read_text() + _WRITE_SIGHT.replace("FILE", str(self._sight)))
        file = self.folder / "rabbitmq.conf"
        nodes = "".join(
            f"cluster_formation.classic_config.nodes.{number} = {name}\n" for number, name in enumerate(self._names, 1)
        )
        with file.open("a") as settings:
            settings.write("cluster_formation.peer_discovery_backend = classic_config\n")
            settings.write(f"cluster_partition_handling = pause_minority\n{nodes}")

    def programs(self) -> list[Program]:
        """Those of the embedded broker, on this node's machine; its name directory is there for the peers too."""
        return [replace(one, command=self.machine.command(*one.command)) for one in super().programs()]

    def sees(self) -> int:
        """How many nodes are connected as this one sees it, itself included; 0 when it does not take clients."""
        if not self.ready() or not self._sight.exists():
            return 0
        said = self._sight.read_text()
        return int(said) if said.isdigit() else 0

    @property
    def _sight(self) -> Path:
        return self.folder / "sight"

    def _directory_environ(self) -> dict[str, str]:
        environ = super()._directory_environ()
        environ.pop("ERL_EPMD_ADDRESS")  # every address of its own machine
        return environ

    def _server_environ(self) -> dict[str, str]:
        environ = super()._server_environ()
        arguments = environ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]
        return environ | {
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_NODENAME": self.node_name,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{arguments} -kernel net_ticktime {NET_TICK_SECONDS}",
        }


class Cluster:
    """Three nodes of one cluster, each on its machine. A context manager."""

    def __init__(self, folder: Path, network: Network, hosts: Sequence[int] = (11, 12, 13)) -> None:
        machines = [network.machine(host, (CLIENTS, PEERS)) for host in hosts]
        names = [name_on(machine) for machine in machines]
        self.nodes = [Node(folder / f"node-{one.host}", one, names) for one in machines]
        first, *others = self.nodes
        for secret in ("cookie", "password"):
            for node in others:
                write_whole(node.folder / secret, kept_secret(first.folder / secret))

    @property
    def urls(self) -> str:
        """The addresses of all nodes, as `TOCSIN_AMQP_URL` takes them."""
        return ",".join(node.url for node in self.nodes)

    @property
    def whole(self) -> bool:
        """Whether every node sees all of them run."""
        return all(node.sees() == len(self.nodes) for node in self.nodes)

    def __enter__(self) -> Self:
        try:
            for node in self.nodes:  # one after the other: the first one is whom the others join
                node.start(JOINED_SECONDS)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for node in self.nodes:
            node.kill()
            node.stop()


def name_on(machine: Machine) -> str:
    """The name of the node on this machine."""
    return f"tocsin@{machine.address(PEERS)}"
