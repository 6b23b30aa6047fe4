"""Alertmanager's webhook, version 4 (also sent by Grafana and others in its shape).

Firing or resolved is judged for each alert, a payload may mix both. `endsAt` is the year 1 while an alert fires.
Alertmanager sends at least once and repeats groups: `startsAt` names the occurrence, so that folding is idempotent on
fingerprint, start and status while the alert is open (`moves` says what a start means that is over).
What has neither labels nor annotations nor a fingerprint is no alert of Alertmanager's, but of somebody who also calls
a list `alerts`: it is read as our generic body.
Source: prometheus/alertmanager, `template.Data`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from services.ingest.members.words import UNTITLED
from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.content import Content
from services.ingest.normalisation.normalise import DESCRIPTION, TITLE, WORD, Normaliser, read_time
from services.ingest.sources import generic
from services.ingest.sources.contract import Example, Source
from shared.problem import malformed
from shared.vocabulary import Category, Severity

_LINK_TEXTS = {"runbook_url": "runbook", "dashboard_url": "dashboard", "panel_url": "panel"}
_UNKNOWN = generic.Envelope(former_title=UNTITLED)
"""Such alerts had neither title nor labels in the releases before."""


def recognises(body: Any) -> bool:
    """True for an object with a list of alerts, or with the members that only Alertmanager's payload has."""
    return isinstance(body, dict) and (
        isinstance(body.get("alerts"), list) or ("groupLabels" in body and "receiver" in body)
    )


def read(body: Any, at: datetime) -> Iterator[ReceivedAlert]:
    """The alerts of one payload."""
    if not isinstance(body, dict):
        raise malformed("An Alertmanager payload is an object.")
    alerts = body.get("alerts")
    if not isinstance(alerts, list):
        raise malformed("An Alertmanager payload has a list of alerts.", "/alerts")
    common = body.get("commonLabels")
    for index, alert in enumerate(alerts):
        if not isinstance(alert, dict):
            raise malformed("An alert is an object.", f"/alerts/{index}")
        if not common and not any(alert.get(name) for name in ("labels", "annotations", "fingerprint")):
            yield generic.read_object(_with_status(alert, body), at, _UNKNOWN)
            continue
        normaliser = Normaliser()
        action = _action(alert, body.get("status"), at, normaliser)
        yield read_alert(
            alert, common, at, normaliser=normaliser, action=action, key=normaliser.key(alert.get("fingerprint"))
        )


def _with_status(alert: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """What stands in a list of alerts and is none of Alertmanager's; the list's status is its own where it has none."""
    if "status" in alert or "state" in alert:
        return alert
    return {**alert, "status": body.get("status")}


def read_alert(
    alert: dict[str, Any],
    common: Any,
    at: datetime,
    *,
    normaliser: Normaliser,
    action: Action,
    key: str | None,
    until: datetime | None = None,
) -> ReceivedAlert:
    """One alert in Alertmanager's words; `common` are labels that stand in for missing ones."""
    labels = alert.get("labels")
    if not isinstance(labels, dict):
        normaliser.note("labels: missing, those of the group were taken")
        labels = common
    labels = normaliser.labels(labels)
    annotations = alert.get("annotations")
    if not isinstance(annotations, dict):
        annotations = {}
    title = normaliser.line(annotations.get("summary"), TITLE, "title")
    if not title:
        title = normaliser.line(labels.get("alertname"), TITLE, "title")
    if not title:
        normaliser.note("title: there is neither a summary nor an alertname")
        title = UNTITLED
    severity = normaliser.severity(labels.get("severity"))
    category = normaliser.category(labels.get("category"))
    description = annotations.get("description") or annotations.get("message")
    description = normaliser.text(description, DESCRIPTION, "description")
    links = normaliser.links(_links(alert, annotations))
    starts_at, token = normaliser.beginning(alert.get("startsAt"), at)
    ends_at = normaliser.end(alert.get("endsAt"), at)
    return ReceivedAlert(
        action=action,
        source="alertmanager",
        key=key,
        service=normaliser.line(labels.get("service"), WORD, "service") or None,
        starts_at=starts_at,
        ends_at=ends_at if action is Action.RESOLVE else None,
        token=token,
        until=until,
        content=Content(title, description, severity, category, labels, links, tuple(normaliser.notes)),
    )


def _action(alert: dict[str, Any], group_status: Any, at: datetime, normaliser: Normaliser) -> Action:
    status = alert.get("status")
    if status == "firing":
        return Action.TRIGGER
    if status == "resolved":
        return Action.RESOLVE
    ended = read_time(alert.get("endsAt"))
    if ended is not None and ended.year > 1:
        normaliser.note("status: missing or unknown, judged by the end")
        return Action.RESOLVE if ended <= at else Action.TRIGGER
    normaliser.note("status: missing or unknown, taken from the group")
    return Action.RESOLVE if group_status == "resolved" else Action.TRIGGER


def _links(alert: dict[str, Any], annotations: dict[str, Any]) -> list[dict[str, Any]]:
    links = []
    if alert.get("generatorURL"):
        links.append({"href": alert["generatorURL"], "text": "source"})
    links += [{"href": annotations[name], "text": text} for name, text in _LINK_TEXTS.items() if annotations.get(name)]
    return links


def _example_alert(name: str, status: str, fingerprint: str, **more: Any) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": name, "instance": "db-1:9100", "severity": "critical", "service": "payments"},
        "annotations": {
            "summary": f"{name} on db-1",
            "description": "/var is 98 % full",
            "runbook_url": "https://wiki/d",
        },
        "startsAt": "2026-11-21T22:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
        "fingerprint": fingerprint,
        **more,
    }


_STARTED = datetime(2026, 11, 21, 22, 0, 0, 123000, UTC)

SOURCE = Source(
    id="alertmanager",
    name="Prometheus Alertmanager",
    recognises=recognises,
    read=read,
    rank=40,
    setup=(
        "receivers:\n- name: tocsin\n  webhook_configs:\n  - url: {url}\n    send_resolved: true\n"
        "    http_config:\n      authorization:\n        credentials: {key}\n"
    ),
    example=Example(
        body={
            "version": "4",
            "groupKey": '{}:{alertname="DiskFull"}',
            "truncatedAlerts": 0,
            "status": "firing",
            "receiver": "tocsin",
            "groupLabels": {"alertname": "DiskFull"},
            "commonLabels": {"service": "payments"},
            "commonAnnotations": {},
            "externalURL": "http://alertmanager:9093",
            "alerts": [
                _example_alert("DiskFull", "firing", "c6ad0f6d5a2a2a8b"),
                _example_alert("DiskSlow", "resolved", "d1e2f3a4b5c6d7e8", endsAt="2026-11-21T22:04:00Z"),
            ],
        },
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        alerts=(
            {
                "action": Action.TRIGGER,
                "source": "alertmanager",
                "key": "c6ad0f6d5a2a2a8b",
                "service": "payments",
                "title": "DiskFull on db-1",
                "description": "/var is 98 % full",
                "severity": Severity.CRITICAL,
                "category": Category.FAILURE,
                "starts_at": _STARTED,
                "token": 1795298400123456,
                "ends_at": None,
                "links": (("http://prometheus:9090/graph?g0.expr=up", "source"), ("https://wiki/d", "runbook")),
                "mended": (),
            },
            {
                "action": Action.RESOLVE,
                "key": "d1e2f3a4b5c6d7e8",
                "title": "DiskSlow on db-1",
                "starts_at": _STARTED,
                "ends_at": datetime(2026, 11, 21, 22, 4, tzinfo=UTC),
            },
        ),
        malformed=(
            ([], ""),
            ({"version": "4", "receiver": "tocsin", "groupLabels": {}}, "/alerts"),
            ({"alerts": {}}, "/alerts"),
            ({"alerts": [{"labels": {}}, 7]}, "/alerts/1"),
        ),
    ),
)
