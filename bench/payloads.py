"""Alerts by the hundred, as the peers take them. One line of JSON is one request's body."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.ids import derive_id

PER_REQUEST = 100
NOT_ENDED = "0001-01-01T00:00:00Z"


def hundreds(count: int, services: Sequence[str]) -> list[list[dict[str, Any]]]:
    """`count` requests' worth of distinct alerts, spread over `services`, as Alertmanager tells of them."""
    now = datetime.now(UTC).isoformat()
    return [
        [_alert(number * PER_REQUEST + index, services, now) for index in range(PER_REQUEST)] for number in range(count)
    ]


def _alert(number: int, services: Sequence[str], now: str) -> dict[str, Any]:
    labels = {
        "alertname": "HighErrorRate",
        "service": services[number % len(services)],
        "instance": f"host-{number}.example.org:9100",
        "severity": "warning",
    }
    return {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": "The error rate is above 5 %", "runbook": "https://runbooks.example.org/errors"},
        "startsAt": now,
        "endsAt": NOT_ENDED,
        "generatorURL": "http://prometheus.example.org/graph",
        "fingerprint": derive_id(labels["instance"], labels["service"])[:16],
    }


def for_alertmanager(requests: Sequence[Sequence[dict[str, Any]]]) -> Iterator[str]:
    """Bodies of Alertmanager's own `POST /api/v2/alerts`."""
    kept = ("labels", "annotations", "startsAt", "generatorURL")
    for alerts in requests:
        yield json.dumps([{name: one[name] for name in kept} for one in alerts])


def for_tocsin(requests: Sequence[Sequence[dict[str, Any]]]) -> Iterator[str]:
    """Bodies of `POST /incidents/webhook?source=alertmanager`: the webhook that an Alertmanager sends."""
    for alerts in requests:
        yield json.dumps(
            {
                "version": "4",
                "groupKey": "{}",
                "truncatedAlerts": 0,
                "status": "firing",
                "receiver": "tocsin",
                "groupLabels": {},
                "commonLabels": {},
                "commonAnnotations": {},
                "externalURL": "http://alertmanager.example.org",
                "alerts": alerts,
            }
        )
