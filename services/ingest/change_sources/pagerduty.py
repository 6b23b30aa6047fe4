"""PagerDuty's change events, v2: `payload.summary`, `payload.custom_details`, `links`. They never page.

What PagerDuty itself refuses is refused at `/v2/change/enqueue` in its words; here such an event is mended.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.ingest.change_sources.contract import ChangeExample, ChangeSource, Headers, Reading, part
from services.ingest.changes.change import read_pagerduty
from shared.events.changes import ChangeKind
from shared.problem import malformed


def recognises(body: Any, _headers: Headers) -> bool:
    """True for an event with a payload that has a summary, and no action, which an alert would have."""
    return "summary" in part(body, "payload") and "event_action" not in body


def read(body: Any, _headers: Headers, at: datetime) -> Reading:
    """The one change of an event."""
    if not isinstance(body, dict):
        raise malformed("A change event is an object.")
    if not isinstance(body.get("payload"), dict):
        raise malformed("A change event has a payload.", "/payload")
    return Reading((read_pagerduty(body, at),))


SOURCE = ChangeSource(
    id="pagerduty",
    name="PagerDuty change events",
    recognises=recognises,
    read=read,
    rank=30,
    setup="Set the Events API's address to {url} and the routing key to {key}.",
    example=ChangeExample(
        body={
            "routing_key": "0123456789abcdef0123456789abcdef",
            "payload": {
                "summary": "Build Success - Increase snapshot create timeout to 30 seconds",
                "source": "acme-build-pipeline-tool-default-i-9999",
                "timestamp": "2026-11-21T22:00:00.000+0000",
                "custom_details": {"service": "payments", "version": "2.4.1", "build_state": "passed"},
            },
            "links": [{"href": "https://acme.example.org/commit/1", "text": "View more details"}],
        },
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        changes=(
            {
                "source": "pagerduty",
                "kind": ChangeKind.DEPLOY,
                "service": "payments",
                "version": "2.4.1",
                "summary": "Build Success - Increase snapshot create timeout to 30 seconds",
                "url": "https://acme.example.org/commit/1",
                "at": datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
            },
        ),
        malformed=((7, ""), ({}, "/payload")),
    ),
)
