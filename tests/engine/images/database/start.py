"""Makes the database's user when there is none yet, and turns into the server: what the stand-in's container runs.

Whoever the public image takes its first user from says so here too: MONGO_INITDB_ROOT_USERNAME, and the password in
MONGO_INITDB_ROOT_PASSWORD or in the file that MONGO_INITDB_ROOT_PASSWORD_FILE names.
"""

import os
import pwd
import subprocess
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure

DATA = Path("/data/db")
USER_EXISTS = 51003
ASIDE = 27018
"""The user is made while nobody is asked for a password, on a port of this container's loopback."""


def main() -> None:
    become_user("mongodb")
    made = DATA / "user-made"
    if not made.exists():
        with subprocess.Popen(server("127.0.0.1", ASIDE)) as first:
            make_user()
            first.kill()
        made.touch()
    command = [*server("0.0.0.0", 27017), "--auth"]
    os.execvp(command[0], command)


def become_user(name: str) -> None:
    """As the public image does: root makes the data's place its user's own, wherever it is mounted from."""
    user = pwd.getpwnam(name)
    os.chown(DATA, user.pw_uid, user.pw_gid)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def server(host: str, port: int) -> list[str]:
    """As `make run` starts it: durable at once, and no replica set."""
    where = ["--host", host, "--port", str(port), "--storage-path", str(DATA / "data")]
    return ["secantusd-py", *where, "--cache-size", "256M", "--sync-on-commit", "--standalone"]


def make_user() -> None:
    name, file = os.environ["MONGO_INITDB_ROOT_USERNAME"], os.environ.get("MONGO_INITDB_ROOT_PASSWORD_FILE")
    password = Path(file).read_text().strip() if file else os.environ["MONGO_INITDB_ROOT_PASSWORD"]
    with MongoClient[dict[str, object]](f"mongodb://127.0.0.1:{ASIDE}/?directConnection=true") as client:
        try:
            client.admin.command("createUser", name, pwd=password, roles=["root"])
        except OperationFailure as error:
            if error.code != USER_EXISTS:
                raise


if __name__ == "__main__":
    main()
