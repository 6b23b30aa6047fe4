"""CloudEvents 1.0: one event a change, one by one or in a batch; HTTP's binary mode is put together before.

`data` is read as our generic body; what it leaves out comes from the envelope: the summary from type and subject, the
time from `time`. Source and id make one change of an event that is delivered twice, as the specification asks.
CDEvents among them are read as such.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.ingest.change_sources import cdevents
from services.ingest.change_sources.contract import ChangeExample, ChangeSource, Headers, Reading, text
from services.ingest.changes.change import MOST, ReceivedChange, read_fields
from services.ingest.sources.cloudevents import data_of
from services.ingest.sources.cloudevents import recognises as is_envelope
from shared.events.changes import ChangeKind
from shared.problem import Problem, malformed


def recognises(body: Any, _headers: Headers) -> bool:
    """True for an envelope, or a list that begins with one."""
    return is_envelope(body)


def read(body: Any, headers: Headers, at: datetime) -> Reading:
    """One change an event."""
    events = body if isinstance(body, list) else [body]
    if len(events) > MOST:
        raise Problem(413, "too_many_changes", f"One request may hold {MOST} changes.", limit=MOST)
    changes: list[ReceivedChange] = []
    reasons: list[str] = []
    for index, event in enumerate(events):
        if not isinstance(event, dict):
            raise malformed("A CloudEvent is an object.", f"/{index}" if isinstance(body, list) else "")
        if cdevents.recognises(event, headers):
            reading = cdevents.read(event, headers, at)
            changes += reading.changes
            reasons += [reading.reason] if reading.reason else []
        else:
            changes.append(_read(event, at))
    return Reading(tuple(changes), None if changes else "; ".join(reasons)[:300] or "there is no event")


def _read(event: dict[str, Any], at: datetime) -> ReceivedChange:
    data = data_of(event)
    kind, subject, sender = (text(event.get(name)) for name in ("type", "subject", "source"))
    fields: dict[str, Any] = dict(data) if isinstance(data, dict) else {"summary": text(data)}
    own = fields.get("labels")
    envelope = {"ce_type": kind, "ce_source": sender, "subject": subject}
    labels = {name: value for name, value in envelope.items() if value}
    fields["labels"] = labels | own if isinstance(own, dict) else labels
    if not any(fields.get(name) for name in ("summary", "title", "message", "description")):
        fields["summary"] = ": ".join(one for one in (kind, subject) if one) or None
    if text(event.get("id")):
        fields["id"] = f"{sender} {event['id']}"
    for name, value in (("at", event.get("time")), ("service", event.get("service"))):
        if fields.get(name) is None and value is not None:
            fields[name] = value
    fields["source"] = "cloudevents"
    return read_fields(fields, "cloudevents", at)


SOURCE = ChangeSource(
    id="cloudevents",
    name="CloudEvents",
    recognises=recognises,
    read=read,
    rank=25,
    setup="Deliver events to {url} with the header X-Tocsin-Key: {key}; structured, batched and binary mode are taken.",
    example=ChangeExample(
        body={
            "specversion": "1.0",
            "id": "b1",
            "source": "/flags/eu",
            "type": "org.example.flag.changed",
            "subject": "new-basket",
            "time": "2026-11-21T22:00:00Z",
            "datacontenttype": "application/json",
            "data": {"service": "payments", "kind": "flag"},
        },
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        changes=(
            {
                "source": "cloudevents",
                "kind": ChangeKind.FLAG,
                "service": "payments",
                "summary": "org.example.flag.changed: new-basket",
                "at": datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
            },
        ),
        malformed=((7, ""), ([{"specversion": "1.0", "type": "x"}, []], "/1")),
    ),
)
