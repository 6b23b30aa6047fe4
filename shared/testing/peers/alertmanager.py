"""The real Alertmanager as a peer: a process of its own on loopback, with its own storage and no cluster.

It is Debian's package `prometheus-alertmanager`; who uses this has installed it.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.testing.peers.peer import Peer, opener

PROGRAM = "prometheus-alertmanager"
PACKAGE = "prometheus-alertmanager"
NOWHERE = {"receivers": [{"name": "nobody"}], "route": {"receiver": "nobody", "group_by": ["group"]}}
"""A configuration that takes alerts and tells nobody."""


def telling(url: str, key: str, *, group_by: Sequence[str] = ("service",)) -> dict[str, Any]:
    """A configuration that tells one webhook of every group, and of its end, as fast as Alertmanager can."""
    hook = {"url": url, "send_resolved": True, "http_config": {"authorization": {"credentials": key}}}
    return _config_for({"webhook_configs": [hook]}, group_by)


def telling_as_pagerduty(url: str, key: str, *, group_by: Sequence[str] = ("service",)) -> dict[str, Any]:
    """The same, in the words of PagerDuty's Events v2; the service is put into the details by a template."""
    details = {"service": "{{ .CommonLabels.service }}"}
    return _config_for({"pagerduty_configs": [{"url": url, "routing_key": key, "details": details}]}, group_by)


def telling_as_opsgenie(url: str, key: str, *, group_by: Sequence[str] = ("service",)) -> dict[str, Any]:
    """The same, in the words of Opsgenie's alert API, which texts are kept up to date by."""
    tells = {"api_url": url, "api_key": key, "update_alerts": True}
    return _config_for({"opsgenie_configs": [tells]}, group_by)


def _config_for(receiver: Mapping[str, Any], group_by: Sequence[str]) -> dict[str, Any]:
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


class Alertmanager(Peer):
    """A running Alertmanager with this configuration; its own API takes alerts."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        super().__init__(PROGRAM, PACKAGE)
        self._firing: dict[frozenset[tuple[str, str]], datetime] = {}
        (self.folder / "configuration.json").write_text(json.dumps(configuration))  # JSON is YAML
        self.start(
            [
                f"--config.file={self.folder / 'configuration.json'}",
                f"--storage.path={self.folder / 'storage'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--cluster.listen-address=",
            ]
        )

    def fire(self, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> None:
        """An alert begins, or still fires."""
        began = self._firing.setdefault(frozenset(labels.items()), datetime.now(UTC))
        self._post([alert(labels, annotations, starts_at=began)])

    def resolve(self, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> None:
        """The alert with these labels ends now."""
        began = self._firing.pop(frozenset(labels.items()))
        self._post([alert(labels, annotations, starts_at=began, ends_at=datetime.now(UTC))])

    def _post(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.url}/api/v2/alerts",
            data=json.dumps(alerts).encode(),
            headers={"content-type": "application/json"},
        )
        with opener.open(request, timeout=10) as answer:
            assert answer.status == 200, answer.status
