"""The package `jira820` as a peer: a Jira Data Center 8.20 that keeps its issues, a process of its own on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from shared.testing.peers.peer import END_SECONDS, free_port, opener, wait_ready

PROJECT = "JIRA820"


class Jira820:
    """A context manager."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = Path(tempfile.mkstemp(prefix="jira820-")[1])
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jira820"],
                env={**os.environ, "JIRA820_HOST": "127.0.0.1", "JIRA820_PORT": str(self.port)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_ready(self._process, f"{self.url}/rest/api/2/serverInfo", self._log)

    def issue(self, key: str) -> dict[str, Any]:
        """The fields of an issue."""
        with opener.open(f"{self.url}/rest/api/2/issue/{key}", timeout=5) as answer:
            fields: dict[str, Any] = json.load(answer)["fields"]
        return fields

    def delete(self, key: str) -> None:
        """Somebody deletes an issue."""
        request = urllib.request.Request(f"{self.url}/rest/api/2/issue/{key}", method="DELETE")  # noqa: S310 - loopback
        with opener.open(request, timeout=5):
            pass

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._log.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
