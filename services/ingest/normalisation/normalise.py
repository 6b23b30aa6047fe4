"""An alert that can be read is never refused for what it says: what is odd is mended, and each mending is noted.

The limits: 64 labels (of which all are read before: `content`), a title of 1 024 characters, a description of 16 384,
a label of 200 = 2 048, a key of 512, 20 links. A start more than a minute ahead of our clock, or more than 400 days
behind it, is replaced by the time of arrival. Everything that leaves here is text that JSON, BSON and UTF-8 can
carry.
"""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from services.ingest.normalisation.alert import Action
from services.ingest.normalisation.content import OPENS_NO_INCIDENT
from shared.clocks.epoch import EPOCH
from shared.vocabulary import Category, Severity

TITLE = 1024
DESCRIPTION = 16_384
MOST_LABELS = 10_000
"""Labels that are read of one alert, and decided on; fewer are kept."""
LABEL_NAME = 200
LABEL_VALUE = 2048
KEY = 512
WORD = 256
LINKS = 20
HREF = 2048
NOTES = 20

AHEAD = timedelta(minutes=1)
"""How far a sender's clock may be ahead of ours."""
BEHIND = timedelta(days=400)
"""How long ago an alert may have begun."""

_MICROSECOND = timedelta(microseconds=1)

SEVERITY_WORDS = {
    **dict.fromkeys(
        ("critical", "fatal", "page", "p0", "p1", "sev0", "sev1", "emergency", "alert", "crit", "disaster"),
        Severity.CRITICAL,
    ),
    **dict.fromkeys(("error", "err", "high", "major", "p2", "sev2"), Severity.HIGH),
    **dict.fromkeys(("warning", "warn", "medium", "moderate", "average", "p3", "sev3"), Severity.MEDIUM),
    **dict.fromkeys(
        ("info", "information", "informational", "notice", "minor", "low", "debug", "none", "ok", "p4", "p5"),
        Severity.LOW,
    ),
}
"""The words of many tools for ours. Source: behaviour, section 1."""
NO_SEVERITY = "none"
"""The word by which a sender says that an alert is none."""
RESOLVED_WORDS = frozenset(
    {"resolved", "resolve", "ok", "okay", "closed", "recovered", "recovery", "up", "normal", "inactive"}
    | {"clear", "cleared", "green", "healthy"}
)
ACKNOWLEDGED_WORDS = frozenset({"acknowledged", "acknowledge", "ack", "acked"})
FIRING_WORDS = frozenset(
    {"firing", "fired", "triggered", "trigger", "alerting", "alarm", "active", "open", "opened", "new", "problem"}
    | {"down", "error", "critical", "warning", "pending", "red", "unhealthy", "failed", "failing", "failure"}
)
"""Words that need no note; whatever is no word of an end is an alert that fires."""
_CATEGORIES = {category.value: category for category in Category}


class Normaliser:
    """Mends the fields of one alert; `notes` say in words what was mended."""

    __slots__ = ("_left_out", "notes")

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._left_out = 0

    def note(self, words: str) -> None:
        """Remember a mending; after `NOTES` of them the rest is not told."""
        if len(self.notes) < NOTES:
            self.notes.append(words)

    def text(self, value: object, limit: int, what: str) -> str:
        """`value` as clean text of at most `limit` characters. None becomes the empty text without a note."""
        if type(value) is str:
            text = value
        elif value is None:
            return ""
        else:
            text = as_text(value)
            self.note(f"{what}: {_kind(value)} became text")
        if len(text) > limit:
            self.note(f"{what}: cut from {len(text)} to {limit} characters")
            text = text[:limit]
        return self._clean(text, what)

    def line(self, value: object, limit: int, what: str) -> str:
        """As `text`, on one line and without space around it."""
        text = self.text(value, limit, what)
        return text if text.isprintable() and text[:1] != " " and text[-1:] != " " else " ".join(text.split())

    def key(self, value: object) -> str | None:
        """The sender's key, None for an empty one. One that is too long is cut and ends with a hash of the whole."""
        if value is None or value == "":
            return None
        text = value if type(value) is str else as_text(value)
        text = self._clean(text, "dedup_key")
        if len(text) <= KEY:
            return text
        self.note(f"dedup_key: {len(text)} characters were shortened to {KEY}")
        return f"{text[: KEY - 33]}#{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def labels(self, value: object, what: str = "labels") -> dict[str, str]:
        """At most `MOST_LABELS` labels, names and values as text."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.note(f"{what}: {_kind(value)} is not an object, left out")
            return {}
        if len(value) > MOST_LABELS:
            self.note(f"{what}: {len(value) - MOST_LABELS} of {len(value)} were not read")
        mended: dict[str, str] = {}
        for name, inner in islice(value.items(), MOST_LABELS):
            if type(inner) is str and len(inner) <= LABEL_VALUE:
                text = inner if inner.isascii() and "\x00" not in inner else self._clean(inner, f"label {name[:50]!a}")
            else:
                text = self.text(as_text(inner), LABEL_VALUE, f"label {name[:50]!a}")
            if len(name) > LABEL_NAME or "\x00" in name or not name.isascii():
                name = self.text(name, LABEL_NAME, "a label's name")  # noqa: PLW2901 - the mended name stands for it
            mended[name] = text
        return mended

    def severity(self, value: object) -> Severity:
        """The severity that a word stands for; high when there is none or nobody knows it."""
        if type(value) is str:
            word = value.strip().lower() if len(value) <= WORD else ""
            known = SEVERITY_WORDS.get(word)
            if word == NO_SEVERITY:
                self.notes.insert(0, OPENS_NO_INCIDENT)
            if known is not None:
                return known
        if value is None or value == "":
            self.note("severity: missing, taken as high")
        else:
            self.note(f"severity: {_show(value)} is unknown, taken as high")
        return Severity.HIGH

    def action(self, value: object) -> Action:
        """What a word of a sender's status, or its state, asks for; an alert fires unless it says that it is over."""
        if value is None or value == "":
            return Action.TRIGGER
        word = value.strip().lower() if isinstance(value, str) and len(value) <= WORD else ""
        if word in RESOLVED_WORDS:
            return Action.RESOLVE
        if word in ACKNOWLEDGED_WORDS:
            return Action.ACKNOWLEDGE
        if word not in FIRING_WORDS:
            self.note(f"status: {_show(value)} is unknown, taken as firing")
        return Action.TRIGGER

    def category(self, value: object) -> Category:
        """The category that a word stands for; failure when there is none or nobody knows it."""
        if value is None or value == "":
            return Category.FAILURE
        known = _CATEGORIES.get(value.strip().lower()) if isinstance(value, str) else None
        if known is None:
            self.note(f"category: {_show(value)} is unknown, taken as failure")
        return known or Category.FAILURE

    def links(self, value: object) -> tuple[tuple[str, str], ...]:
        """Up to `LINKS` links of a list whose items are addresses or objects with `href` (or `url`) and `text`."""
        if value is None or value == []:
            return ()
        if not isinstance(value, list):
            value = [value]
        if len(value) > LINKS:
            self.note(f"links: {len(value) - LINKS} of {len(value)} were left out")
        mended = []
        for item in value[:LINKS]:
            if isinstance(item, dict):
                href, text = item.get("href") or item.get("url"), item.get("text") or ""
            else:
                href, text = item, ""
            if not isinstance(href, str) or not href:
                self.note("links: one without an address was left out")
                continue
            mended.append((self.line(href, HREF, "a link"), self.line(text, WORD, "a link's text")))
        return tuple(mended)

    def beginning(self, value: object, at: datetime) -> tuple[datetime | None, int | None]:
        """When the alert began by the sender's clock, and the token of that start.

        Both are None when nothing (or nothing believable) is said. `at` is the time of arrival.
        """
        if value is None or value == "":
            return None, None
        moment = read_time(value)
        if moment is None:
            self.note(f"starts_at: {_show(value)} is no time, taken as the time of arrival")
            return None, None
        if moment.year <= 1:
            return None, None
        if moment > at + AHEAD:
            self.note(f"starts_at: {_show(value)} is in the future, taken as the time of arrival")
            return None, None
        token = (moment - EPOCH) // _MICROSECOND
        if moment < at - BEHIND:
            self.note(f"starts_at: {_show(value)} is too long ago, taken as the time of arrival")
            return None, token
        return cut_to_millis(moment), token

    def end(self, value: object, at: datetime) -> datetime | None:
        """When the alert ended by the sender's clock; None when it does not say so believably."""
        if value is None or value == "":
            return None
        moment = read_time(value)
        if moment is None or moment.year <= 1 or not at - BEHIND < moment <= at + AHEAD:
            return None
        return cut_to_millis(moment)

    def _clean(self, text: str, what: str) -> str:
        if "\x00" in text:
            self.note(f"{what}: NUL characters were replaced")
            text = text.replace("\x00", "\ufffd")
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                self.note(f"{what}: broken characters were replaced")
                text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text


def read_time(value: object) -> datetime | None:
    """RFC 3339 text, or a number of seconds (or milliseconds) since 1970, as UTC; None for anything else."""
    try:
        if isinstance(value, str) and len(value) <= 64:
            moment = datetime.fromisoformat(value.strip())
            return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return EPOCH + timedelta(seconds=value / 1000 if abs(value) > 1e11 else value)
    except (ValueError, OverflowError):
        pass
    return None


def cut_to_millis(moment: datetime) -> datetime:
    """Cut to the millisecond that the database stores."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def as_text(value: object) -> str:
    """Any JSON value as text: text as it is, everything else as JSON writes it."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):  # an integer of thousands of digits, or nested too deep
        return f"an unreadable {_kind(value)}"


def _kind(value: object) -> str:
    names: dict[type[Any], str] = {bool: "a boolean", int: "a number", float: "a number", dict: "an object"}
    return names.get(type(value), "a list" if isinstance(value, list) else "a text")


def _show(value: object) -> str:
    return ascii(as_text(value)[:60])
