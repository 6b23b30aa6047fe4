"""Alertmanager's own API, version 2: a list of alerts, as Prometheus and `amtool` post it.

An alert is resolved when `endsAt` has passed; in the future it is a promise: the alert fires until then, and whoever
sends it says it again before. Prometheus promises four times its resend delay. Without an end the promise is
`RESOLVE_AFTER`, as in Alertmanager. The key is Alertmanager's fingerprint, so an alert that also comes by an
Alertmanager of the same integration is one alert. Source: prometheus/alertmanager, `api/v2/openapi.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.fingerprint import fingerprint
from services.ingest.normalisation.normalise import BEHIND, Normaliser, cut_to_millis, read_time
from services.ingest.sources.alertmanager import read_alert
from services.ingest.sources.contract import Example, Source
from shared.problem import malformed
from shared.vocabulary import Severity

RESOLVE_AFTER = timedelta(minutes=5)
"""Alertmanager's default `resolve_timeout`."""
LONGEST = BEHIND


def recognises(body: Any) -> bool:
    """True for a list that begins with an object that has labels and nothing of our own body."""
    if not isinstance(body, list) or not body or not isinstance(body[0], dict):
        return False
    first = body[0]
    return isinstance(first.get("labels"), dict) and not first.keys() & {"title", "dedup_key", "severity", "status"}


def read(body: Any, at: datetime) -> Iterator[ReceivedAlert]:
    """One alert an object."""
    if not isinstance(body, list):
        raise malformed("Alertmanager's API takes a list of alerts.")
    for index, alert in enumerate(body):
        if not isinstance(alert, dict):
            raise malformed("An alert is an object.", f"/{index}")
        if not isinstance(alert.get("labels"), dict):
            raise malformed("An alert has labels.", f"/{index}/labels")
        normaliser = Normaliser()
        until = _promise(alert.get("endsAt"), at, normaliser)
        action = Action.RESOLVE if until is None else Action.TRIGGER
        key = fingerprint(alert["labels"])
        yield read_alert(alert, None, at, normaliser=normaliser, action=action, key=key, until=until)


def _promise(ends_at: Any, at: datetime, normaliser: Normaliser) -> datetime | None:
    """How long the alert is said to fire; None: it has ended."""
    moment = None if ends_at in (None, "") else read_time(ends_at)
    if moment is None and ends_at not in (None, ""):
        normaliser.note("endsAt: no time, left out")
    if moment is None or moment.year <= 1:
        return cut_to_millis(at + RESOLVE_AFTER)
    return cut_to_millis(min(moment, at + LONGEST)) if moment > at + timedelta(milliseconds=1) else None


_LABELS = {"alertname": "DiskFull", "instance": "db-1:9100", "severity": "critical", "service": "payments"}
_STARTED = datetime(2026, 11, 21, 22, 0, 0, 123000, UTC)

SOURCE = Source(
    id="prometheus",
    name="Prometheus (Alertmanager's API)",
    recognises=recognises,
    read=read,
    rank=45,
    setup=(
        "# Tocsin stands where Alertmanager would; {url} is not needed, its host and port are\n"
        'alerting:\n  alertmanagers:\n  - static_configs:\n    - targets: ["tocsin:8080"]\n'
        "    authorization:\n      credentials: {key}\n"
    ),
    example=Example(
        body=[
            {
                "labels": _LABELS,
                "annotations": {"summary": "DiskFull on db-1"},
                "startsAt": "2026-11-21T22:00:00.123Z",
                "endsAt": "2026-11-21T22:09:00Z",
                "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
            },
            {
                "labels": {"alertname": "DiskSlow", "service": "payments"},
                "annotations": {},
                "startsAt": "2026-11-21T22:00:00.123Z",
                "endsAt": "2026-11-21T22:04:00Z",
            },
        ],
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        alerts=(
            {
                "action": Action.TRIGGER,
                "source": "alertmanager",
                "key": fingerprint(_LABELS),
                "service": "payments",
                "title": "DiskFull on db-1",
                "severity": Severity.CRITICAL,
                "starts_at": _STARTED,
                "ends_at": None,
                "until": datetime(2026, 11, 21, 22, 9, tzinfo=UTC),
                "links": (("http://prometheus:9090/graph?g0.expr=up", "source"),),
                "mended": (),
            },
            {
                "action": Action.RESOLVE,
                "title": "DiskSlow",
                "starts_at": _STARTED,
                "ends_at": datetime(2026, 11, 21, 22, 4, tzinfo=UTC),
                "until": None,
            },
        ),
        malformed=(({}, ""), ("text", ""), ([7], "/0"), ([{"labels": {}}, {"labels": []}], "/1/labels")),
    ),
)
