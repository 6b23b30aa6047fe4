"""The first key: a line in `.run/admin.key` that only its owner may read, made once and kept by later starts."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

NAME = "admin.key"
_KEY = re.compile(r"[!-~]{16,512}")


def keep_admin_key(run_dir: Path, candidate: str) -> str:
    """The admin key: the one in the file, else `candidate`, which is then in the file.

    Of several processes that start at once, one makes the file and the others read it; nobody ever sees half of it.
    Raises `ValueError` for a file that holds no key and `OSError` when it can't be read or made.
    """
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = run_dir / NAME
    if not path.exists():
        _make(path, candidate)
    path.chmod(0o600)
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if not _KEY.fullmatch(key):
        raise ValueError(f"{path} holds no key; remove it, and the next start makes one")
    return key


def _make(path: Path, key: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # unlike a rename it never replaces the key that another process made
    finally:
        draft.unlink()
