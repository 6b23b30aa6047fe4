"""Builders: an alert message with everything that does not matter filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.ingest.intake.message import Origin, QueuedAlert
from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.content import Content
from services.ingest.normalisation.dedup_key import head_id, key_space
from shared.vocabulary import Category, Severity

T0 = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)


def make_content(title: str = "disk is full", **fields: Any) -> Content:
    given: dict[str, Any] = {
        "description": "",
        "severity": Severity.HIGH,
        "category": Category.FAILURE,
        "labels": {},
        **fields,
    }
    return Content(title=title, **given)


def make_received(title: str = "disk is full", *, action: Action = Action.TRIGGER, **fields: Any) -> ReceivedAlert:
    content = {name: fields.pop(name) for name in ("severity", "labels", "description", "mended") if name in fields}
    return ReceivedAlert(
        action=action, source=fields.pop("source", "check"), content=make_content(title, **content), **fields
    )


def at_second(number: float) -> datetime:
    return T0 + timedelta(seconds=number)


def make_taken(
    second: float, action: Action = Action.TRIGGER, title: str = "disk is full", **fields: Any
) -> QueuedAlert:
    """A message accepted `second` seconds after T0, stamped so."""
    at = at_second(second)
    millis = int(at.timestamp() * 1000)
    key = fields.pop("key", "k1")
    integration = fields.pop("integration_id", None)
    content = fields.pop("content", None) or make_content(title)
    return QueuedAlert(
        head=head_id(key_space(integration, "key_1"), key, fields.get("drill_id")),
        stamp=f"{millis:012x}0000-node00.0000",
        action=action,
        source="check",
        key=key,
        content=content,
        origin=Origin(at=at, integration_id=integration),
        **fields,
    )
