"""A Debian program as a peer of a test: a process of its own on loopback, in a folder that goes with it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

END_SECONDS = 10.0


class Peer:
    """A context manager. Raises `FileNotFoundError` when the program is not installed."""

    def __init__(self, program: str, package: str) -> None:
        found = shutil.which(program)
        if found is None:
            raise FileNotFoundError(f"{program} is not installed: apt-get install {package}")
        self._program = found
        self.folder = Path(tempfile.mkdtemp(prefix=f"{program}-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, arguments: Sequence[str]) -> None:
        """Start it and return when its `/-/ready` answers. Raises `RuntimeError` with the end of its log when not."""
        log_file = self.folder / "log"
        with log_file.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed program, our arguments
                [self._program, *arguments], stdout=log, stderr=subprocess.STDOUT
            )
        wait_ready(self._process, f"{self.url}/-/ready", log_file)

    def close(self) -> None:
        """Stop it and remove what it stored."""
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        shutil.rmtree(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def wait_ready(process: subprocess.Popen[bytes], url: str, log: Path, seconds: float = 20) -> None:
    """Return when the URL answers. Raises `RuntimeError` with the end of the log when it does not in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with opener.open(url, timeout=1):
                return
        except (urllib.error.URLError, OSError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{url} did not answer: {error}\n{log.read_text()[-2000:]}") from error
            time.sleep(0.05)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
