"""A private database: the fastest MongoDB-speaking server that is found, on loopback, with a generated password.

`mongod` is preferred, then `secantusd-rs`, then `secantusd-py` from PyPI, which every machine has;
`TOCSIN_DATABASE_SERVER` names another of them. A run directory stays with the server that made its data. The process
that is started makes the user once, then turns into the server, so its number is the server's and the password is on no
command line.
"""

import os
import shutil
import struct
import sys
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from deploy.local.part import Heard, Part, ask_port
from deploy.local.ports import Ports
from deploy.local.processes import Program
from deploy.local.run_dir import kept_secret, make_private, write_whole
from deploy.local.terminal import CannotStart

DATABASE = "database"
USER = "tocsin"
ASKED = "TOCSIN_DATABASE_SERVER"
"""The environment's variable that names a server."""


_DOCUMENT = b"\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
_BODY = b"\x00\x00\x00\x00\x00" + struct.pack("<i", len(_DOCUMENT) + 4) + _DOCUMENT
_HELLO = struct.pack("<iiii", 16 + len(_BODY), 1, 0, 2013) + _BODY
"""`{"hello": 1, "$db": "admin"}` as an OP_MSG of MongoDB's protocol."""


class Server(StrEnum):
    """In the order of preference."""

    MONGOD = "mongod"
    SECANTUS_RUST = "secantusd-rs"
    SECANTUS_PYTHON = "secantusd-py"

    def path(self) -> str | None:
        """Where it is; the last one comes with the virtual environment."""
        if self is Server.SECANTUS_PYTHON:
            return shutil.which(self, path=str(Path(sys.prefix) / "bin")) or shutil.which(self)
        return shutil.which(self)


class Database(Part):
    """The embedded database of one run directory. Without `ports` it chooses and claims its own."""

    name = DATABASE
    known_by = ("deploy.local.database", *Server)

    def __init__(
        self,
        run_dir: Path,
        ports: Mapping[str, int] | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        python: str = sys.executable,
    ) -> None:
        super().__init__(run_dir)
        self.folder = make_private(self.run_dir / DATABASE)
        self._claims = Ports(self.run_dir)
        self._port = (ports or self._claims.of([DATABASE], running=[DATABASE] if self.running() else ()))[DATABASE]
        self._environ, self._python = environ, python

    @property
    def url(self) -> str:
        # polled, since the default server looks four times a second for each process whose driver wants to be told
        options = "retryWrites=false&directConnection=true&authSource=admin&serverMonitoringMode=poll"
        return f"mongodb://{USER}:{password_in(self.folder)}@127.0.0.1:{self._port}/?{options}"

    @property
    def ports(self) -> list[int]:
        return [self._port]

    @property
    def server(self) -> Server:
        return choose_server(self.folder, self._environ)

    def programs(self) -> list[Program]:
        plain = {name: value for name, value in self._environ.items() if not name.startswith("TOCSIN_")}
        become = (self._python, "-m", "deploy.local.database_user", self.server, str(self.folder), str(self._port))
        return [Program(DATABASE, become, plain, self.folder, self.known_by)]

    def prepare(self) -> None:
        write_whole(self.folder / "server", self.server)
        password_in(self.folder)

    def ready(self) -> bool:
        from pymongo import MongoClient
        from pymongo.errors import PyMongoError

        try:
            with MongoClient[dict[str, object]](self.url, serverSelectionTimeoutMS=500) as client:
                return bool(client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False

    def ask(self, seconds: float) -> Heard:
        """`hello`, which is answered before anybody has said who they are."""
        return ask_port(self._port, _HELLO, seconds)

    def close(self) -> None:
        self._claims.close()


def choose_server(folder: Path, environ: Mapping[str, str] = os.environ) -> Server:
    """The one that made the data here, else the one that is asked for, else the best one found."""
    asked = _asked(environ)
    try:
        kept = Server((folder / "server").read_text().strip())
    except (FileNotFoundError, ValueError):
        found = asked or next((server for server in Server if server.path()), None)
        if found is None:
            raise CannotStart("There is no database server here; `make setup` installs one.") from None
        return found
    if kept.path() is None:
        raise CannotStart(f"The data in {folder} was made by {kept}, which is no longer here.")
    if asked not in (None, kept):
        raise CannotStart(f"The data in {folder} was made by {kept}; {ASKED} asks for {asked}.")
    return kept


def _asked(environ: Mapping[str, str]) -> Server | None:
    name = environ.get(ASKED)
    if not name:
        return None
    if name not in list(Server):
        raise CannotStart(f"{ASKED}: {name!r} is none of {', '.join(Server)}.")
    if Server(name).path() is None:
        raise CannotStart(f"{ASKED}: there is no {name} here.")
    return Server(name)


def password_in(folder: Path) -> str:
    return kept_secret(folder / "password").rstrip("=")


def server_command(server: Server, folder: Path, port: int, *, with_users: bool) -> list[str]:
    """The command line of the server, with or without asking for a password."""
    data = str(make_private(folder / "data"))
    path = server.path() or server
    if server is Server.MONGOD:
        # untried on the machines this was written on: there was no mongod
        command = [path, "--bind_ip", "127.0.0.1", "--port", str(port), "--dbpath", data, "--replSet", "tocsin"]
        command += ["--wiredTigerCacheSizeGB", "0.25", "--nounixsocket"]
        if with_users:
            # members of a replica set know each other by a key: base64, in a file of their own
            write_whole(folder / "member.key", sha256(password_in(folder).encode()).hexdigest())
            command += ["--keyFile", str(folder / "member.key")]
        return command
    # an empty file of settings, so that none is picked up from the home folder
    write_whole(folder / "secantusd.toml", "")
    command = [path, "--config", str(folder / "secantusd.toml"), "--host", "127.0.0.1", "--port", str(port)]
    # Without the first an acknowledged write of the last moments does not outlive a kill -9 (the Rust server forgets
    # it even with `journal`). Standalone: no change streams, so nothing is written twice; a fifth faster here.
    command += ["--storage-path", data, "--cache-size", "256M", "--sync-on-commit", "--standalone"]
    return [*command, "--auth"] if with_users else command
