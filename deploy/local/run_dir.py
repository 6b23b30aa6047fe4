"""The run directory is private (0700), its secrets 0600, and every file in it is replaced whole or not at all."""

import fcntl
import json
import os
import secrets
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def make_private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def write_whole(path: Path, text: str) -> None:
    """A reader sees the old text or the new one, never a part; only the owner may read it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, object]:
    """{} when there is no such file or it is not ours to understand."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def kept_secret(path: Path) -> str:
    """A random secret that is made once and then stays: 32 bytes in URL-safe base64."""
    if not path.exists():
        write_whole(path, urlsafe_b64encode(secrets.token_bytes(32)).decode() + "\n")
    return path.read_text().strip()


@contextmanager
def held(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """An exclusive lock that ends with its holder, however it ends. Yields whether we have it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
