"""Secrets that stand in files: `TOCSIN_SECRET_KEY_FILE` names the file that `TOCSIN_SECRET_KEY` is read from.

A container engine and an orchestrator show a process's environment to whoever may inspect it, but not its files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SECRETS = (
    "TOCSIN_AMQP_URL",
    "TOCSIN_MONGO_URL",
    "TOCSIN_SECRET_KEY",
    "TOCSIN_IDENTITY_KEY",
    "TOCSIN_IDENTITY_PUBLIC_KEYS",
    "TOCSIN_SMTP_URL",
    "TOCSIN_SLACK_TOKEN",
    "TOCSIN_SLACK_SIGNING_SECRET",
    "TOCSIN_HEARTBEAT_URL",
    "TOCSIN_PROMETHEUS_URL",
)
"""The settings that may hold a secret; public keys are among them: they are made with the private one."""
LARGEST = 64 * 1024
"""Bytes of such a file."""


def with_secret_files(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with each secret that a file holds in place of the variable that names the file.

    White space around the secret is no part of it: editors and `echo` end files with a new line. An empty variable and
    an empty file count as unset.

    Raises:
        ValueError: names the variable: both it and its file are given, or the file can't be read, is larger than
            `LARGEST` or is no UTF-8 text. What is in the file is never part of the message.
    """
    found = dict(environ)
    for name in SECRETS:
        path = found.pop(f"{name}_FILE", "")
        if not path:
            continue
        if found.get(name):
            raise ValueError(f"{name} and {name}_FILE are both set: which one is meant?")
        if secret := _read(f"{name}_FILE", Path(path)):
            found[name] = secret
    return found


def _read(variable: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"{variable}: {path} can't be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise ValueError(f"{variable}: {path} is larger than {LARGEST} bytes")
    try:
        return content.decode().strip()
    except UnicodeDecodeError:
        raise ValueError(f"{variable}: {path} is no UTF-8 text") from None
