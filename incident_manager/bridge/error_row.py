"""A row of an error history as an incident: `{timestamp, error_type, message, component, resolved}`. Pure.

`timestamp` and `message` are required. A time without a zone is UTC; a number is seconds, or milliseconds, since 1970.
`resolved` is true, false, or when it was. Of other members only `traceback` is taken, into the description.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LONGEST_MESSAGE = 10_000
LONGEST_TITLE = 300
TRUE = frozenset({"true", "yes", "y", "1", "resolved", "closed", "done", "fixed"})
FALSE = frozenset({"false", "no", "n", "0", "", "open", "unresolved", "none", "null"})
_MILLIS_FROM = 1e11


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One error that happened; `resolved_at` is None where nobody says when."""

    at: datetime
    error_type: str
    message: str
    component: str = ""
    is_resolved: bool = False
    resolved_at: datetime | None = None
    traceback: str = ""

    @property
    def title(self) -> str:
        """Its type and the first line of its message."""
        first = next((line.strip() for line in self.message.splitlines() if line.strip()), "")
        title = f"{self.error_type}: {first}" if self.error_type else first
        return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def read_error(value: Mapping[str, Any]) -> ErrorRow:
    """The row as an error. Raises `ValueError` with the reason."""
    at = read_time(value.get("timestamp"), "timestamp")
    message = _text(value, "message")
    if not message.strip():
        raise ValueError("message: is required")
    if len(message) > LONGEST_MESSAGE:
        raise ValueError(f"message: has {len(message)} characters, {LONGEST_MESSAGE} is the most")
    error_type, component = _text(value, "error_type").strip(), _text(value, "component").strip()
    for name, text in (("error_type", error_type), ("component", component)):
        if len(text) > LONGEST_TITLE:
            raise ValueError(f"{name}: has {len(text)} characters, {LONGEST_TITLE} is the most")
    is_resolved, resolved_at = read_resolved(value)
    if resolved_at is not None and resolved_at < at:
        raise ValueError("resolved: before timestamp")
    traceback = value.get("traceback")
    kept = traceback if isinstance(traceback, str) else ""
    return ErrorRow(at, error_type, message, component, is_resolved, resolved_at, kept)


def to_incident(error: ErrorRow) -> dict[str, Any]:
    """The error as a row of a history of incidents."""
    description = f"{error.message}\n\n{error.traceback}".strip() if error.traceback else error.message
    row: dict[str, Any] = {
        "title": error.title,
        "description": description[:LONGEST_MESSAGE],
        "category": "error",
        "status": "resolved" if error.is_resolved else "triggered",
        "created_at": error.at.isoformat(),
        "affected_components": [error.component] if error.component else [],
    }
    return row | ({"resolved_at": error.resolved_at.isoformat()} if error.resolved_at else {})


def translate(value: dict[str, Any]) -> dict[str, Any]:
    """From a row of the file to one of a history. Raises `ValueError` with the reason."""
    return to_incident(read_error(value))


def read_time(value: Any, name: str) -> datetime:
    """A time as text or number, to the millisecond as it is kept. Raises `ValueError`."""
    if value is None or value == "":
        raise ValueError(f"{name}: is required")
    try:
        moment = _of_number(float(value)) if _is_number(value) else _of_text(str(value))
        whole = moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{name}: {str(value)[:60]!r} is no time") from None
    return whole.replace(microsecond=whole.microsecond // 1000 * 1000)


def read_resolved(value: Mapping[str, Any]) -> tuple[bool, datetime | None]:
    """Whether it is over, and since when where that is said. Raises `ValueError`."""
    since = value.get("resolved_at")
    said = value.get("resolved")
    if since not in (None, ""):
        return True, read_time(since, "resolved_at")
    if said is None or isinstance(said, bool):
        return bool(said), None
    word = str(said).strip().lower()
    if word in TRUE or word in FALSE:
        return word in TRUE, None
    try:
        return True, read_time(said, "resolved")
    except ValueError:
        raise ValueError(f"resolved: {str(said)[:60]!r} is neither true, false nor a time") from None


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if found is None:
        return ""
    if isinstance(found, str):
        return found
    if isinstance(found, bool | int | float):
        return str(found)
    raise ValueError(f"{name}: must be a text")


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    # eight digits are a day
    return isinstance(value, str) and len(value) > 8 and value.strip().replace(".", "", 1).isdigit()


def _of_number(number: float) -> datetime:
    if not math.isfinite(number):
        raise ValueError("no number")
    return datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLIS_FROM else number, UTC)


def _of_text(text: str) -> datetime:
    plain = text.strip().replace(",", ".")
    moment = datetime.fromisoformat(plain.replace("/", "-"))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
