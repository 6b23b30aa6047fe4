"""A private RabbitMQ node: own name directory (epmd), own cookie, own ports, all on loopback.

The process that is started turns into the Erlang VM (each step `exec`s the next), so its number is the VM's. The name
directory is a process of its own beside it: the node waits for it at its start, and either may die without the other.
"""

import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.local.broker_data import broker_version, check_data
from deploy.local.debian import install_packages
from deploy.local.part import LOOPBACK, Heard, Part, ask_port
from deploy.local.ports import Ports, answers
from deploy.local.processes import Program
from deploy.local.run_dir import kept_secret, make_private, write_whole
from deploy.local.terminal import CannotStart

BROKER, NAME_DIRECTORY, DISTRIBUTION = "broker", "epmd", "broker_distribution"
PORT_NAMES = (BROKER, DISTRIBUTION, NAME_DIRECTORY)
USER = "tocsin"
DATA = "mnesia"
_WRITE_DOWN = Path(__file__).parent / "broker_site" / "tocsin_write_down.erl"
_START_WRITING_DOWN = """\
(fun() ->
    {ok, Module, Code} = compile:file(FILE, [binary]),
    {module, Module} = code:load_binary(Module, FILE, Code),
    Module:start()
end)().
"""
_PLACES = ("/usr/lib/rabbitmq/bin", "/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin")


class Broker(Part):
    """The embedded broker of one run directory. Without `ports` it chooses and claims its own.

    Clients reach it at `host`, its name directory and other nodes at `peer_host`.
    """

    name = BROKER
    known_by = ("deploy.local.broker", "rabbitmq-server", "beam")

    def __init__(
        self,
        run_dir: Path,
        ports: Mapping[str, int] | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        python: str = sys.executable,
        host: str = LOOPBACK,
        peer_host: str = LOOPBACK,
    ) -> None:
        super().__init__(run_dir)
        self.host, self.peer_host = host, peer_host
        self.folder = make_private(run_dir / BROKER)
        self._claims = Ports(run_dir)
        self._ports = ports or self._claims.of(PORT_NAMES, running=PORT_NAMES if self.running() else ())
        self._environ, self._python = environ, python

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{self._password}@{self.host}:{self._ports[BROKER]}/"

    @property
    def ports(self) -> list[int]:
        return [self._ports[name] for name in PORT_NAMES]

    def programs(self) -> list[Program]:
        """The name directory and the node; both may be started at once."""
        ours = ("RABBITMQ_", "ERL_", "TOCSIN_")
        plain = {name: value for name, value in self._environ.items() if not name.startswith(ours)}
        directory = plain | self._directory_environ()
        listen = (_epmd(), "-port", str(self._ports[NAME_DIRECTORY]), "-address", self.peer_host)
        become = (self._python, "-m", "deploy.local.broker", find_server())
        return [
            Program(NAME_DIRECTORY, listen, directory, self.folder, ("epmd",)),
            Program(BROKER, become, directory | self._server_environ(), self.folder, self.known_by),
        ]

    def prepare(self) -> None:
        """Write what the node reads. The user is made at the node's first start and then kept in its own store."""
        make_private(self.folder / "home")
        self._keep_cookie()
        write_whole(
            self.folder / "rabbitmq.conf",
            f"listeners.tcp.1 = {self.host}:{self._ports[BROKER]}\n"
            f"default_user = {USER}\ndefault_pass = {self._password}\n"
            "log.console = true\nlog.file = false\nlog.connection.level = warning\n"
            # a small machine's share: what quorum queues have not yet rolled over, they keep in memory
            "raft.wal_max_size_bytes = 67108864\n",
        )
        module = self.folder / _WRITE_DOWN.name
        write_whole(module, _WRITE_DOWN.read_text())
        started = _START_WRITING_DOWN.replace("FILE", _erlang_string(str(module)))
        write_whole(self.folder / "write-down.erl", started)
        write_whole(self.folder / "advanced.config", "[].\n")
        write_whole(self.folder / "plugins", "[].\n")
        write_whole(self.folder / "environment.conf", "")

    def ready(self) -> bool:
        """Whether it speaks AMQP, not only listens."""
        return self.ask(1) is Heard.ANSWER

    def ask(self, seconds: float) -> Heard:
        """The first frame of AMQP, or the version it speaks instead."""
        return ask_port(self._ports[BROKER], b"AMQP\x00\x00\x09\x01", seconds, self.host)

    def close(self) -> None:
        self._claims.close()

    def _keep_cookie(self) -> None:
        """What guards the node's port for other nodes, where whoever has it may run anything. Erlang's is guessable.

        A node keeps the cookie that it was started with, so a new one is for the next start.
        """
        secret = kept_secret(self.folder / "cookie").rstrip("=")
        cookie = self.folder / "home" / ".erlang.cookie"
        if not cookie.exists() or cookie.read_text() != secret:
            cookie.unlink(missing_ok=True)
            write_whole(cookie, secret)
        cookie.chmod(0o600)

    @property
    def _password(self) -> str:
        return kept_secret(self.folder / "password").rstrip("=")

    def _directory_environ(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder / "home"),
            "ERL_EPMD_PORT": str(self._ports[NAME_DIRECTORY]),
            "ERL_EPMD_ADDRESS": self.peer_host,
        }

    def _server_environ(self) -> dict[str, str]:
        folder = self.folder
        return {
            "ERL_CRASH_DUMP": str(folder / "erl_crash.dump"),
            "RABBITMQ_NODENAME": "tocsin@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": self.host,
            "RABBITMQ_NODE_PORT": str(self._ports[BROKER]),
            "RABBITMQ_DIST_PORT": str(self._ports[DISTRIBUTION]),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"-kernel inet_dist_use_interface {{{self.peer_host.replace('.', ',')}}} "
                f"-eval file:eval({_erlang_string(str(folder / 'write-down.erl'))})"
            ),
            "RABBITMQ_MNESIA_BASE": str(folder / DATA),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "environment.conf"),
            # only under this name does its script become the VM instead of waiting for it
            "RUNNING_UNDER_SYSTEMD": "true",
        }


def install_broker() -> None:
    """Debian's package when there is no server yet; its own daemon is not started."""
    try:
        find_server()
    except CannotStart:
        install_packages(["rabbitmq-server"], why="There is no RabbitMQ here", daemon="rabbitmq-server")
        find_server()


def check_broker_data(run_dir: Path) -> None:
    """Raises CannotStart when the broker that is installed does not read what one of this run directory wrote."""
    check_data(run_dir / BROKER / DATA, broker_version(find_server()))


def find_server() -> str:
    """The server's own script, not the wrapper on PATH that insists on another user."""
    for place in _PLACES:
        script = Path(place) / "rabbitmq-server"
        if script.exists():
            return str(script)
    on_path = shutil.which("rabbitmq-server")
    if on_path and "script-wrapper" not in str(Path(on_path).resolve()):
        return on_path
    raise CannotStart("There is no RabbitMQ here.")


def _epmd() -> str:
    found = shutil.which("epmd")
    if found is None:
        raise CannotStart("There is no epmd here; it comes with Erlang.")
    return found


def _erlang_string(text: str) -> str:
    """A string without quotes or blanks, which the node's start script would take apart."""
    return f"[{','.join(str(byte) for byte in os.fsencode(text))}]"


def _become(server: str) -> None:
    """Wait for the name directory (else the node would start one of its own), then turn into the node."""
    port = int(os.environ["ERL_EPMD_PORT"])
    while not answers(port):
        time.sleep(0.02)
    os.execv(server, [server])  # noqa: S606 - there is no shell to want


if __name__ == "__main__":
    _become(sys.argv[1])
