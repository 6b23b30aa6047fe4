"""Tocsin's own body: one object or a list of them, every member of which may be missing.

`{service, summary, version, environment, author, url, at}`, also `id`, `kind`, `source`, `labels`, `links`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.ingest.change_sources.contract import ChangeExample, ChangeSource, Headers, Reading
from services.ingest.changes.change import read_changes
from shared.events.changes import ChangeKind

_OURS = frozenset(("summary", "version", "environment", "at", "author"))


def recognises(body: Any, headers: Headers) -> bool:
    """True for an object with a member of ours and a plain service, or a list of objects."""
    if isinstance(body, list):
        return bool(body) and isinstance(body[0], dict) and recognises(body[0], headers)
    return isinstance(body, dict) and not _OURS.isdisjoint(body) and isinstance(body.get("service", ""), str)


def read(body: Any, _headers: Headers, at: datetime) -> Reading:
    """One change an object."""
    return Reading(tuple(read_changes(body, "generic", at)))


SOURCE = ChangeSource(
    id="generic",
    name="Generic JSON",
    recognises=recognises,
    read=read,
    rank=1000,
    setup='curl {url} -H \'X-Tocsin-Key: {key}\' -d \'{{"service": "payments", "version": "2.4.1"}}\'',
    example=ChangeExample(
        body=[
            {
                "service": "payments",
                "summary": "payments 2.4.1 was deployed",
                "version": "2.4.1",
                "environment": "production",
                "author": "sara",
                "url": "https://ci.example.org/builds/812",
                "at": "2026-11-21T22:00:00Z",
            },
            {"service": "payments", "summary": "the new basket is on", "kind": "flag"},
        ],
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        changes=(
            {
                "service": "payments",
                "version": "2.4.1",
                "kind": ChangeKind.DEPLOY,
                "source": "generic",
                "author": "sara",
            },
            {"summary": "the new basket is on", "kind": ChangeKind.FLAG},
        ),
        malformed=((7, ""), ("text", ""), ([{}, 7], "/1")),
    ),
)
