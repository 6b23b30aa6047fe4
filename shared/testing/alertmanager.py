"""The real Alertmanager as a peer: a process of its own on loopback, with its own storage and no cluster.

It is Debian's package `prometheus-alertmanager`; who uses this has installed it.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROGRAM = "prometheus-alertmanager"
PACKAGE = "prometheus-alertmanager"
NOWHERE = {"receivers": [{"name": "nobody"}], "route": {"receiver": "nobody", "group_by": ["group"]}}
"""A configuration that takes alerts and tells nobody."""


def telling(url: str, key: str, *, group_by: Sequence[str] = ("service",)) -> dict[str, Any]:
    """A configuration that tells one webhook of every group, and of its end, as fast as Alertmanager can."""
    hook = {"url": url, "send_resolved": True, "http_config": {"authorization": {"credentials": key}}}
    return _told({"webhook_configs": [hook]}, group_by)


def telling_as_pagerduty(url: str, key: str, *, group_by: Sequence[str] = ("service",)) -> dict[str, Any]:
    """The same, in the words of PagerDuty's Events v2; the service is put into the details by a template."""
    details = {"service": "{{ .CommonLabels.service }}"}
    return _told({"pagerduty_configs": [{"url": url, "routing_key": key, "details": details}]}, group_by)


def telling_as_opsgenie(url: str, key: str, *, group_by: Sequence[str] = ("service",)) -> dict[str, Any]:
    """The same, in the words of Opsgenie's alert API, which texts are kept up to date by."""
    tells = {"api_url": url, "api_key": key, "update_alerts": True}
    return _told({"opsgenie_configs": [tells]}, group_by)


def _told(receiver: Mapping[str, Any], group_by: Sequence[str]) -> dict[str, Any]:
    return {
        "receivers": [{"name": "tocsin", **receiver}],
        "route": {
            "receiver": "tocsin",
            "group_by": list(group_by),
            "group_wait": "1ms",
            "group_interval": "500ms",
            "repeat_interval": "1h",
        },
    }


def alert(
    labels: Mapping[str, str],
    annotations: Mapping[str, str] | None = None,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> dict[str, Any]:
    """An alert as Alertmanager's own API takes it."""
    times = {"startsAt": starts_at, "endsAt": ends_at}
    said = {name: at.isoformat() for name, at in times.items() if at is not None}
    return {"labels": dict(labels), "annotations": dict(annotations or {}), **said}


class Alertmanager:
    """A context manager. Raises `FileNotFoundError` when the package is not installed."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        found = shutil.which(PROGRAM)
        if found is None:
            raise FileNotFoundError(f"{PROGRAM} is not installed: apt-get install {PACKAGE}")
        self._firing: dict[frozenset[tuple[str, str]], datetime] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="alertmanager-"))
        (self._folder / "configuration.json").write_text(json.dumps(configuration))  # JSON is YAML
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed program, our arguments
                [
                    found,
                    f"--config.file={self._folder / 'configuration.json'}",
                    f"--storage.path={self._folder / 'storage'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--cluster.listen-address=",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_ready(self._process, f"{self.url}/-/ready", self._folder / "log")

    def fire(self, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> None:
        """An alert begins, or still fires."""
        began = self._firing.setdefault(frozenset(labels.items()), datetime.now(UTC))
        self._post([alert(labels, annotations, starts_at=began)])

    def resolve(self, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> None:
        """The alert with these labels ends now."""
        began = self._firing.pop(frozenset(labels.items()))
        self._post([alert(labels, annotations, starts_at=began, ends_at=datetime.now(UTC))])

    def close(self) -> None:
        """Stop it and remove what it stored."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        shutil.rmtree(self._folder)

    def _post(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.url}/api/v2/alerts",
            data=json.dumps(alerts).encode(),
            headers={"content-type": "application/json"},
        )
        with opener.open(request, timeout=10) as answer:
            assert answer.status == 200, answer.status

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def wait_ready(process: subprocess.Popen[bytes], url: str, log: Path, seconds: float = 20) -> None:
    """Return when this address answers. Raises `RuntimeError` with the end of the log when it does not."""
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
    """A port of the loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
