"""The real Prometheus as a peer: a process of its own on loopback that judges one rule each second.

It is Debian's package `prometheus`; who uses this has installed it. Nothing is scraped: whether the rule's condition
holds is written into its file, which Prometheus is told to read again.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from shared.testing.alertmanager import free_port, opener, wait_ready

PROGRAM = "prometheus"
PACKAGE = "prometheus"


def alerting(url: str, key: str) -> dict[str, Any]:
    """The part of a configuration that points Prometheus straight at Tocsin, as if that were an Alertmanager."""
    parts = urlsplit(url)
    return {
        "alertmanagers": [
            {
                "scheme": parts.scheme,
                "static_configs": [{"targets": [parts.netloc]}],
                "authorization": {"credentials": key},
            }
        ]
    }


class Prometheus:
    """A context manager. Raises `FileNotFoundError` when the package is not installed."""

    def __init__(self, told: Mapping[str, Any], labels: Mapping[str, str], annotations: Mapping[str, str]) -> None:
        found = shutil.which(PROGRAM)
        if found is None:
            raise FileNotFoundError(f"{PROGRAM} is not installed: apt-get install {PACKAGE}")
        self._labels, self._annotations = dict(labels), dict(annotations)
        self._folder = Path(tempfile.mkdtemp(prefix="prometheus-"))
        self._write_rule(fires=False)
        configuration = {
            "global": {"evaluation_interval": "1s", "scrape_interval": "1h"},
            "rule_files": [str(self._folder / "rules.json")],
            "alerting": dict(told),
        }
        (self._folder / "configuration.json").write_text(json.dumps(configuration))  # JSON is YAML
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed program, our arguments
                [
                    found,
                    f"--config.file={self._folder / 'configuration.json'}",
                    f"--storage.tsdb.path={self._folder / 'storage'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--web.enable-lifecycle",
                    "--rules.alert.resend-delay=1s",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_ready(self._process, f"{self.url}/-/ready", self._folder / "log")

    def fire(self) -> None:
        """The rule's condition holds from now on."""
        self._rule(fires=True)

    def resolve(self) -> None:
        """It does not hold any more."""
        self._rule(fires=False)

    def close(self) -> None:
        """Stop it and remove what it stored."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        shutil.rmtree(self._folder)

    def _rule(self, *, fires: bool) -> None:
        self._write_rule(fires=fires)
        request = urllib.request.Request(f"{self.url}/-/reload", method="POST")  # noqa: S310 - our own loopback address
        with opener.open(request, timeout=10):
            pass

    def _write_rule(self, *, fires: bool) -> None:
        rule = {
            "alert": self._labels.get("alertname", "Down"),
            "expr": f"vector({int(fires)}) > 0",
            "labels": {name: value for name, value in self._labels.items() if name != "alertname"},
            "annotations": self._annotations,
        }
        groups = {"groups": [{"name": "tocsin", "interval": "1s", "rules": [rule]}]}
        (self._folder / "rules.json").write_text(json.dumps(groups))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
