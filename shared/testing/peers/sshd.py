"""Debian's own SSH server on loopback, with a host key and a login key that were made for it."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh

from shared.testing.peers.peer import END_SECONDS, free_port

PACKAGE, PROGRAM = "openssh-server", "/usr/sbin/sshd"
SEPARATED = Path("/run/sshd")
"""Where a server that is root keeps its children that are not."""


class Sshd:
    """A context manager. Whoever runs the test is who logs in."""

    def __init__(self, **settings: str) -> None:
        """`settings` go into its configuration before its own."""
        self.folder = Path(tempfile.mkdtemp(prefix="sshd-"))
        self.port = free_port()
        self.user = getpass.getuser()
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.login_key = asyncssh.generate_private_key("ssh-ed25519")
        self.private_key = self.login_key.export_private_key("openssh").decode()
        self.host_key = ""
        self.make_host_key()

    def make_host_key(self) -> None:
        """Another host key than before; a server that runs goes on with the one that it had."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        file = self.folder / "host_key"
        file.write_bytes(key.export_private_key("openssh"))
        file.chmod(0o600)
        self.host_key = key.export_public_key("openssh").decode().strip()

    def start(self) -> None:
        """Start it and return when it greets. Raises `RuntimeError` with its log when it does not."""
        if os.geteuid() == 0:
            SEPARATED.mkdir(mode=0o755, exist_ok=True)
        (self.folder / "authorized").write_bytes(self.login_key.export_public_key("openssh"))
        lines = {
            **self._settings,
            "Port": str(self.port),
            "ListenAddress": "127.0.0.1",
            "HostKey": str(self.folder / "host_key"),
            "AuthorizedKeysFile": str(self.folder / "authorized"),
            "PidFile": "none",
            "UsePAM": "no",
            "StrictModes": "no",
            "PermitRootLogin": "prohibit-password",
            "PasswordAuthentication": "no",
        }
        config = self.folder / "config"
        config.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
        log = self.folder / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen([PROGRAM, "-D", "-e", "-f", str(config)], stdout=output, stderr=output)  # noqa: S603
        deadline = time.monotonic() + 20
        while not self._greets():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"sshd did not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as link:
                return link.recv(4) == b"SSH-"
        except OSError:
            return False

    def stop(self) -> None:
        """Stop listening; sessions go on."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(END_SECONDS)
            self._process = None

    def log_text(self) -> str:
        """What it has logged."""
        return (self.folder / "log").read_text()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)
