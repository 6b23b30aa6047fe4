"""What a body says at every delivery: by this an alert without key, title and labels is recognised.

Texts count, each under its name; numbers, true, false and null do not. Left out, by name or by form: times, counts,
what was measured, ids of a delivery, secrets, how it stands (status, severity and why) and words of status. Inside a
text times, drawn ids and measured amounts are passed over. A list of texts is a set.

Free words about the moment (message, reason, output …) count, for often they alone tell two alerts apart. They do not
where the body says its status and has a name that tools call an alert by (`AlarmName`): such a tool says by that name
what it resolves, and another text with it. Its end may say more than its beginning did, which had no status: so an
end is looked for with and without these words.

What is left of a body may be nothing: then texts under names of status count, else the names alone. Of a very large
one the first texts are read, those of an object before those further in, so that it costs no more than others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from services.ingest.members.names import NAMES, STATUSES, Kind, is_id, kind_of, plain_name
from services.ingest.members.values import is_amount, is_random_id, is_status_word, steady_text
from services.ingest.normalisation.normalise import as_text

DEEPEST = 20
"""What is nested deeper counts as the text that it is."""
MOST_TEXTS = 2000
"""As many texts of a body count."""
MOST_LOOKS = 20_000
"""As many values of a body are looked at, whatever they are."""
MOST_OF_TEXT = 8192
"""As many letters of one text count, until `MOST_LETTERS` were read of all; then only its first `LEAST_OF_TEXT`."""
MOST_LETTERS = 65_536
LEAST_OF_TEXT = 128
_WRAPPED = 6
"""An object that is wrapped in a text is read where that text is not deeper than this: once, so that it costs once."""
_NEVER = frozenset((Kind.SECRET, Kind.DELIVERY, Kind.TIME))
_NAMES = frozenset(NAMES)
_LASTS = frozenset((Kind.NAME, Kind.PLACE, Kind.LASTING))


@dataclass(frozen=True, slots=True)
class Steady:
    """A body without what changes by itself, as JSON with its members in order."""

    told: str
    whole: str
    """The same with its free words; equal to `told` where they count anyway."""


class _Reading:
    """One reading of a body: which members count, and how many may still be looked at."""

    __slots__ = ("counts_state", "counts_text", "letters", "looks", "texts")

    def __init__(self, *, counts_text: bool = True, counts_state: bool = False) -> None:
        self.counts_text = counts_text
        self.counts_state = counts_state
        self.texts = MOST_TEXTS
        self.looks = MOST_LOOKS
        self.letters = MOST_LETTERS

    def is_over(self) -> bool:
        """True when as much was read as counts."""
        return self.texts <= 0 or self.looks <= 0

    def object(self, value: Mapping[str, Any], above: Kind, depth: int) -> dict[str, Any] | None:
        """What counts in an object, which is a member of the kind `above`: its texts, then what is further in."""
        kept: dict[str, Any] = {}
        further = []
        for name, inner in value.items():
            if self.is_over():
                break
            self.looks -= 1
            if inner is None or isinstance(inner, int | float):
                continue
            kind = kind_of(name)
            kind = above if kind is Kind.OTHER else kind
            if kind in _NEVER or (kind is Kind.STATE and not self.counts_state):
                continue
            if not isinstance(inner, str):
                further.append((name, inner, kind))
            elif (text := self.text(inner, name, kind, depth)) is not None:
                kept[name] = text
        for name, inner, kind in further:
            if (counts := self.value(inner, name, kind, depth)) is not None:
                kept[name] = counts
        return kept or None

    def value(self, value: Any, name: str, kind: Kind, depth: int) -> Any:
        """What counts of one value, which is (in) a member of this name and kind."""
        if isinstance(value, str):
            return self.text(value, name, kind, depth)
        if self.is_over() or not isinstance(value, Mapping | list):
            return None
        if depth >= DEEPEST:
            return self.text(as_text(value), name, kind, depth)
        if isinstance(value, Mapping):
            return self.object(value, kind, depth + 1)
        items = []
        for item in value:
            if self.is_over():
                break
            self.looks -= 1
            if (counts := self.value(item, name, kind, depth + 1)) is not None:
                items.append(counts)
        texts = sorted(item for item in items if isinstance(item, str))
        return [*texts, *(item for item in items if not isinstance(item, str))] or None

    def text(self, text: str, name: str, kind: Kind, depth: int) -> Any:
        """What counts of a text."""
        self.texts -= 1
        if depth < _WRAPPED and text[:1] == "{" and text[-1:] == "}":
            inner = _parse(text)
            if inner is not None:
                return self.object(inner, kind, depth + _WRAPPED)
        if kind is Kind.TEXT and not self.counts_text:
            return None
        lasts = kind in _LASTS
        if not lasts and (is_status_word(text) or (is_id(name) and is_random_id(text))):
            return None
        if kind is Kind.MEASURE and is_amount(text):
            return None
        text = text[: max(LEAST_OF_TEXT, min(self.letters, MOST_OF_TEXT))]
        self.letters -= len(text)
        return steady_text(text, lasts=lasts) or None


def steady(body: Mapping[str, Any], skipped: frozenset[str]) -> Steady:
    """What counts of a body; `skipped` are members that are told otherwise."""
    members = {name: value for name, value in body.items() if name not in skipped}
    whole = _read(members, _Reading()) or _read(members, _Reading(counts_state=True)) or _names(members)
    written = json.dumps(whole, sort_keys=True)
    if not _says_status(body) or not _has_name(members):
        return Steady(written, written)
    told = _read(members, _Reading(counts_text=False))
    return Steady(json.dumps(told, sort_keys=True) if told else written, written)


def _read(body: Mapping[str, Any], reading: _Reading) -> Any:
    return reading.object(body, Kind.OTHER, 0)


def _names(body: Mapping[str, Any]) -> list[str]:
    names = list(islice(body, MOST_TEXTS))
    return sorted(name for name in names if kind_of(name) not in _NEVER and kind_of(name) is not Kind.STATE)


def _says_status(body: Mapping[str, Any]) -> bool:
    first = islice(body.items(), MOST_TEXTS)
    return any(value not in (None, "") and plain_name(name) in STATUSES for name, value in first)


def _has_name(body: Mapping[str, Any]) -> bool:
    first = islice(body.items(), MOST_TEXTS)
    return any(
        isinstance(value, str) and plain_name(name) in _NAMES and steady_text(value[:MOST_OF_TEXT])
        for name, value in first
    )


def _parse(text: str) -> dict[str, Any] | None:
    """The object in a text, as some wrap what they deliver."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
