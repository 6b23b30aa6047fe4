"""CloudEvents 1.0: one event an alert, one by one or in a batch; HTTP's binary mode is put together by `attributes`.

`data` is read as our generic body; what it leaves out comes from the envelope: the title from type and subject, the
beginning from `time`, firing or resolved from the last word of the type (`disk.alert.resolved`). The key is the data's
own, else the envelope's source and subject; without a subject the data says which alert it is, with source and type.
Source: cloudevents/spec, "JSON format" and "HTTP protocol binding".
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.normalise import Normaliser, as_text
from services.ingest.sources import generic
from services.ingest.sources.contract import Example, Source
from shared.problem import malformed
from shared.vocabulary import Severity

CONTENT_TYPE = "application/cloudevents"
"""Begins the content type of structured events and of batches."""

_STATUS_WORDS = {
    **dict.fromkeys(("firing", "fired", "triggered", "opened", "started", "created"), "firing"),
    **dict.fromkeys(("acknowledged", "acked"), "acknowledged"),
    **dict.fromkeys(("resolved", "recovered", "closed", "ended", "cleared", "ok"), "resolved"),
}


def attributes(headers: Iterable[tuple[str, str]]) -> dict[str, str] | None:
    """The attributes of an event in HTTP's binary mode (`ce-type` and so on); None when there are none."""
    found = {name[3:].lower(): unquote(value) for name, value in headers if name.lower().startswith("ce-")}
    return found if {"specversion", "type"} & found.keys() else None


def recognises(body: Any) -> bool:
    """True for an envelope, or a list that begins with one."""
    first = body[0] if isinstance(body, list) and body else body
    return isinstance(first, dict) and "specversion" in first and "type" in first


def read(body: Any, at: datetime) -> Iterator[ReceivedAlert]:
    """One alert an event."""
    if isinstance(body, dict):
        yield _read_event(body, at)
        return
    if not isinstance(body, list):
        raise malformed("A CloudEvent is an object, a batch is a list of them.")
    for index, event in enumerate(body):
        if not isinstance(event, dict):
            raise malformed("A CloudEvent is an object.", f"/{index}")
        yield _read_event(event, at)


def _read_event(event: dict[str, Any], at: datetime) -> ReceivedAlert:
    data = data_of(event)
    kind, subject, sender = (_text(event.get(name)) for name in ("type", "subject", "source"))
    family, _, last = kind.rpartition(".")
    status = _STATUS_WORDS.get(last.lower())
    fields: dict[str, Any] = dict(data) if isinstance(data, dict) else {"description": _text(data)}
    for name, value in (
        ("status", status),
        ("starts_at", event.get("time")),
        ("dedup_key", f"{sender}#{subject}" if subject else None),
        ("service", event.get("service")),
        ("severity", event.get("severity")),
        ("source", "cloudevents"),
    ):
        if fields.get(name) is None and value is not None:
            fields[name] = value
    labels = {"ce_type": kind, "ce_source": sender, "subject": subject}
    title = ": ".join(part for part in (family if status else kind, subject) if part)
    envelope = generic.Envelope(
        title or None, Normaliser().labels({name: text for name, text in labels.items() if text})
    )
    return generic.read_object(fields, at, envelope)


def data_of(event: dict[str, Any]) -> Any:
    """What an event carries, decoded; None for what can't be."""
    coded = event.get("data_base64")
    if not isinstance(coded, str):
        return event.get("data")
    try:
        text = base64.b64decode(coded, validate=True).decode()
        return json.loads(text) if "json" in _text(event.get("datacontenttype")) else text
    except (binascii.Error, ValueError, RecursionError):
        return None


def _text(value: Any) -> str:
    return "" if value is None else as_text(value)


SOURCE = Source(
    id="cloudevents",
    name="CloudEvents",
    recognises=recognises,
    read=read,
    rank=20,
    setup="Deliver events to {url} with the header X-Tocsin-Key: {key}; structured, batched and binary mode are taken.",
    example=Example(
        body={
            "specversion": "1.0",
            "id": "b1",
            "source": "/probes/eu",
            "type": "org.example.probe.resolved",
            "subject": "srv01",
            "time": "2026-11-21T22:00:00Z",
            "datacontenttype": "application/json",
            "data": {
                "message": "HTTP of srv01 does not answer",
                "severity": "critical",
                "service": "payments",
                "labels": {"zone": "a"},
            },
        },
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        alerts=(
            {
                "action": Action.RESOLVE,
                "source": "cloudevents",
                "key": "/probes/eu#srv01",
                "service": "payments",
                "title": "HTTP of srv01 does not answer",
                "severity": Severity.HIGH,
                "labels": {
                    "ce_type": "org.example.probe.resolved",
                    "ce_source": "/probes/eu",
                    "subject": "srv01",
                    "zone": "a",
                },
                "starts_at": datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
            },
        ),
        malformed=(("text", ""), (7, ""), ([{"specversion": "1.0", "type": "x"}, []], "/1")),
    ),
)
