"""Tocsin's own body: one object or a list of them, every field of which may be missing.

`{title, description, severity, status, category, service, dedup_key, source, labels, links, starts_at}`; also what
monitoring publishes straight to RabbitMQ.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from services.ingest.content import Content
from services.ingest.mending import DESCRIPTION, TITLE, WORD, Mender
from services.ingest.received import Action, ReceivedAlert
from services.ingest.source import Example, Source
from shared.problem import malformed
from shared.vocabulary import Category, Severity

_OURS = frozenset(("title", "dedup_key", "severity", "description"))
_OTHER_TITLES = ("summary", "name", "message", "alertname", "subject", "text")


def recognises(body: Any) -> bool:
    """True for an object that has a member of ours, or a list that begins with an object."""
    if isinstance(body, list):
        return bool(body) and isinstance(body[0], dict)
    return isinstance(body, dict) and not _OURS.isdisjoint(body)


def read(body: Any, at: datetime) -> Iterator[ReceivedAlert]:
    """One alert an object."""
    if isinstance(body, dict):
        yield _read_alert(body, at)
        return
    if not isinstance(body, list):
        raise malformed("The body is neither an object nor a list of objects.")
    for index, item in enumerate(body):
        if not isinstance(item, dict):
            raise malformed("An alert is an object.", f"/{index}")
        yield _read_alert(item, at)


def _read_alert(body: dict[str, Any], at: datetime) -> ReceivedAlert:
    mender = Mender()
    labels = mender.labels(body.get("labels"))
    action = mender.action(body.get("status") or body.get("state"))
    description = mender.text(body.get("description"), DESCRIPTION, "description")
    title = mender.line(body.get("title"), TITLE, "title") or _other_title(body, labels, description, mender)
    starts_at, _ = mender.beginning(body.get("starts_at"), at)
    word = body.get("severity") or labels.get("severity")
    severity = mender.severity(word) if action is Action.TRIGGER else Severity.HIGH
    category = mender.category(body.get("category") or labels.get("category"))
    links = mender.links(body.get("links"))
    service = mender.line(body.get("service"), WORD, "service") or mender.line(labels.get("service"), WORD, "service")
    return ReceivedAlert(
        action=action,
        source=mender.line(body.get("source"), WORD, "source") or "generic",
        key=mender.key(body.get("dedup_key")),
        service=service or None,
        starts_at=starts_at,
        ends_at=mender.end(body.get("ends_at"), at) if action is Action.RESOLVE else None,
        content=Content(title, description, severity, category, labels, links, tuple(mender.notes)),
    )


def _other_title(body: dict[str, Any], labels: dict[str, str], description: str, mender: Mender) -> str:
    for name in _OTHER_TITLES:
        title = mender.line(body.get(name), TITLE, "title")
        if title:
            mender.note(f"title: missing, taken from {name}")
            return title
    title = mender.line(labels.get("alertname"), TITLE, "title")
    if title:
        mender.note("title: missing, taken from the label alertname")
        return title
    title = mender.line(description.strip().partition("\n")[0][:TITLE], TITLE, "title")
    if title:
        mender.note("title: missing, taken from the description")
        return title
    mender.note("title: missing")
    return "untitled alert"


SOURCE = Source(
    id="generic",
    name="Generic JSON",
    recognises=recognises,
    read=read,
    rank=1000,
    setup='curl {url} -H \'X-Tocsin-Key: {key}\' -d \'{{"title": "disk is full", "severity": "high"}}\'',
    example=Example(
        body=[
            {
                "title": "error rate is high",
                "description": "5 % of requests fail",
                "severity": "critical",
                "status": "firing",
                "category": "performance",
                "service": "payments",
                "dedup_key": "err-1",
                "source": "check",
                "labels": {"region": "eu", "shard": 3, "canary": False, "owner": None},
                "links": [{"href": "https://grafana/d/1", "text": "graph"}, "https://wiki/errors"],
                "starts_at": "2026-11-21T23:00:00+01:00",
            },
            {"title": "error rate is high", "status": "resolved", "dedup_key": "err-1", "source": "check"},
        ],
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        alerts=(
            {
                "action": Action.TRIGGER,
                "source": "check",
                "key": "err-1",
                "service": "payments",
                "title": "error rate is high",
                "description": "5 % of requests fail",
                "severity": Severity.CRITICAL,
                "category": Category.PERFORMANCE,
                "labels": {"region": "eu", "shard": "3", "canary": "false", "owner": "null"},
                "links": (("https://grafana/d/1", "graph"), ("https://wiki/errors", "")),
                "starts_at": datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
                "token": None,
                "mended": (),
            },
            {"action": Action.RESOLVE, "key": "err-1", "title": "error rate is high", "mended": ()},
        ),
        malformed=(("text", ""), (7, ""), (None, ""), ([{"title": "a"}, "b"], "/1"), ([[{}]], "/0")),
    ),
)
