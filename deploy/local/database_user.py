"""Starts as this program, makes the database's user when there is none yet, and turns into the database server.

The user is made while the server asks for no password, on a port that nobody was told.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.local.database import USER, Server, password_in, server_command

if TYPE_CHECKING:
    from pymongo import MongoClient

_ALREADY_INITIALIZED, _USER_EXISTS = 23, 51003
_PARENT_DEATH_SIGNAL = 1


def become(server: Server, folder: Path, port: int) -> None:
    made = folder / "user-made"
    if not made.exists():
        _make_user(server, folder, port)
        made.touch()
    command = server_command(server, folder, port, with_users=True)
    if server is Server.SECANTUS_PYTHON:
        _tune(port)
    os.execv(command[0], command)  # noqa: S606 - there is no shell to want


def _tune(port: int) -> None:
    """Its threads share one interpreter: on one processor they hand it on faster than over several (ADR 0007)."""
    allowed = sorted(os.sched_getaffinity(0))
    # the port spreads the databases of several run directories
    os.sched_setaffinity(0, {allowed[port % len(allowed)]})
    os.environ["PYTHONPATH"] = str(Path(__file__).parent / "database_site")


def _make_user(server: Server, folder: Path, port: int) -> None:
    # a replica set knows its member by its address, so mongod has to be on its own port already
    aside = port if server is Server.MONGOD else _some_port()
    command = server_command(server, folder, aside, with_users=False)
    with subprocess.Popen(command, preexec_fn=_die_with_parent) as process:  # noqa: PLW1509 - there is one thread
        try:
            _create(server, aside, password_in(folder))
        finally:
            # a clean end of the Python server takes seconds, and what is written is on disk already
            process.send_signal(signal.SIGTERM if server is Server.MONGOD else signal.SIGKILL)


def _create(server: Server, port: int, password: str) -> None:
    from pymongo import MongoClient
    from pymongo.errors import OperationFailure

    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{port}/?directConnection=true") as client:
        if server is Server.MONGOD:
            _make_replica_set(client, port)
        try:
            client.admin.command("createUser", USER, pwd=password, roles=["root"])
        except OperationFailure as error:
            if error.code != _USER_EXISTS:
                raise


def _make_replica_set(client: "MongoClient[dict[str, Any]]", port: int) -> None:
    from pymongo.errors import OperationFailure

    members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
    try:
        client.admin.command("replSetInitiate", {"_id": "tocsin", "members": members})
    except OperationFailure as error:
        if error.code != _ALREADY_INITIALIZED:
            raise
    while not client.admin.command("hello").get("isWritablePrimary"):
        time.sleep(0.05)


def _some_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def _die_with_parent() -> None:
    """A server left behind would hold the lock on the data."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


if __name__ == "__main__":
    become(Server(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
