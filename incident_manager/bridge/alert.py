"""An error as the alert that is sent for it: category error, one alert for each type and place. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

LONGEST_TITLE = 300
LONGEST_TEXT = 8_000
LONGEST_WORD = 300


@dataclass(frozen=True, slots=True)
class ErrorAlert:
    """One error, and how often it was seen since it was last sent."""

    error_type: str
    place: str
    """File and line, or whatever says where in the program it was."""
    message: str
    at: datetime | None
    """None: nobody says when; it is when it arrives."""
    component: str = ""
    severity: str = "high"
    detail: str = ""
    """The traceback."""
    labels: Mapping[str, str] = field(default_factory=dict)
    count: int = 1

    @property
    def key(self) -> str:
        """The same for the same type and place of one component, in every process and for ever."""
        text = f"{self.component}\x00{self.error_type}\x00{self.place}"
        return "error-" + hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]

    def again(self, other: ErrorAlert) -> ErrorAlert:
        """This one, seen as often more as `other`."""
        return replace(self, count=self.count + other.count)


def alert_body(alert: ErrorAlert, service: str | None) -> dict[str, Any]:
    """The generic body of the alert."""
    first = next((line.strip() for line in alert.message.splitlines() if line.strip()), "")
    title = ": ".join(part for part in (alert.error_type, first) if part) or "error"
    seen = f"Seen {alert.count} times since it was last sent.\n" if alert.count > 1 else ""
    where = f"At {alert.place}.\n" if alert.place else ""
    text = f"{seen}{where}{cut(alert.message, LONGEST_TEXT // 2)}"
    if alert.detail:
        text += f"\n\n{cut_front(alert.detail, LONGEST_TEXT // 2)}"
    labels = {"error_type": alert.error_type, "place": alert.place, "component": alert.component} | dict(alert.labels)
    body = {
        "title": cut(title, LONGEST_TITLE),
        "description": text,
        "severity": alert.severity,
        "status": "firing",
        "category": "error",
        "dedup_key": alert.key,
        "source": "incident_manager.bridge",
        "starts_at": alert.at.isoformat() if alert.at else None,
        "labels": {name: cut(value, LONGEST_WORD) for name, value in labels.items() if value},
    }
    given = {name: value for name, value in (body | {"service": service}).items() if value is not None}
    whole: dict[str, Any] = _as_text(given)
    return whole


def cut(text: str, most: int) -> str:
    """The beginning of a text."""
    return text if len(text) <= most else text[: most - 1] + "…"


def cut_front(text: str, most: int) -> str:
    """The end of a text: of a traceback that is where it happened."""
    return text if len(text) <= most else "…" + text[-(most - 1) :]


def _as_text(value: Any) -> Any:
    """The value with half characters replaced: a file name may be made of bytes that are no text."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    return {name: _as_text(one) for name, one in value.items()} if isinstance(value, dict) else value
