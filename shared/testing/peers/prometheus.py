"""The real Prometheus as a peer: a process of its own on loopback that judges one rule each second.

It is Debian's package `prometheus`; who uses this has installed it. Nothing is scraped: whether the rule's condition
holds is written into its file, which Prometheus is told to read again.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from shared.testing.peers.peer import Peer, opener

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


class Prometheus(Peer):
    """A running Prometheus that sends one alert, with these labels and annotations, to the Alertmanagers in `told`."""

    def __init__(self, told: Mapping[str, Any], labels: Mapping[str, str], annotations: Mapping[str, str]) -> None:
        super().__init__(PROGRAM, PACKAGE)
        self._labels, self._annotations = dict(labels), dict(annotations)
        self._write_rule(fires=False)
        self._write_configuration(told)
        self.start(
            [
                f"--config.file={self.folder / 'configuration.json'}",
                f"--storage.tsdb.path={self.folder / 'storage'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--web.enable-lifecycle",
                "--rules.alert.resend-delay=1s",
            ]
        )

    def fire(self) -> None:
        """The rule's condition holds from now on."""
        self._rule(fires=True)

    def resolve(self) -> None:
        """It does not hold any more."""
        self._rule(fires=False)

    def tell(self, told: Mapping[str, Any]) -> None:
        """From now on it tells these, and nobody else; an empty part: it can't reach anybody."""
        self._write_configuration(told)
        self._reload()

    def _rule(self, *, fires: bool) -> None:
        self._write_rule(fires=fires)
        self._reload()

    def _reload(self) -> None:
        request = urllib.request.Request(f"{self.url}/-/reload", method="POST")  # noqa: S310 - our own loopback address
        with opener.open(request, timeout=10):
            pass

    def _write_configuration(self, told: Mapping[str, Any]) -> None:
        configuration = {
            "global": {"evaluation_interval": "1s", "scrape_interval": "1h"},
            "rule_files": [str(self.folder / "rules.json")],
            "alerting": dict(told),
        }
        (self.folder / "configuration.json").write_text(json.dumps(configuration))  # JSON is YAML

    def _write_rule(self, *, fires: bool) -> None:
        rule = {
            "alert": self._labels.get("alertname", "Down"),
            "expr": f"vector({int(fires)}) > 0",
            "labels": {name: value for name, value in self._labels.items() if name != "alertname"},
            "annotations": self._annotations,
        }
        groups = {"groups": [{"name": "tocsin", "interval": "1s", "rules": [rule]}]}
        (self.folder / "rules.json").write_text(json.dumps(groups))
