"""A plain selector of Prometheus, and whether a pushed series is one that it selects. Pure.

Source: https://prometheus.io/docs/prometheus/latest/querying/basics/#time-series-selectors, without offsets and ranges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import re2

HOST_LABELS = frozenset({"host", "hostname", "node", "instance"})
"""What a selector may call the host of a series."""
LONGEST = 2000
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:")
_OPERATORS = ("=~", "!~", "!=", "=")


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label."""

    label: str
    operator: str
    value: str

    def takes(self, value: str) -> bool:
        """True when a label with this value (empty: it has none) is meant."""
        if self.operator in ("=", "!="):
            return (value == self.value) is (self.operator == "=")
        try:
            return (re2.fullmatch(self.value, value) is not None) is (self.operator == "=~")
        except re2.error:
            return False


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric's name (empty: any) and conditions on its labels."""

    name: str
    matchers: tuple[Matcher, ...] = ()

    def selects(self, host: str, metric: str) -> bool:
        """True when a series with this host and metric, as it is kept, is meant."""
        known = read_selector(metric)
        if known is None or (self.name and known.name != self.name) or (not self.name and not self.matchers):
            return False
        labels = {one.label: one.value for one in known.matchers}
        return all(one.takes(_value(one.label, known.name, host, labels)) for one in self.matchers)


def _value(label: str, name: str, host: str, labels: Mapping[str, str]) -> str:
    if label == "__name__":
        return name
    return labels.get(label, host if label in HOST_LABELS else "")


@lru_cache(maxsize=20_000)
def read_selector(text: str) -> Selector | None:
    """The selector that a text is; None for any other expression."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    name, brace, rest = text.partition("{")
    name = name.strip()
    if not set(name) <= _LETTERS or name[:1].isdigit():
        return None
    if not brace:
        return Selector(name) if name else None
    if not rest.endswith("}"):
        return None
    try:
        return Selector(name, tuple(_matchers(rest[:-1])))
    except ValueError:
        return None


def _matchers(text: str) -> Iterator[Matcher]:
    place = 0
    while (place := _after_space(text, place)) < len(text):
        end = place
        while end < len(text) and text[end] in _LETTERS:
            end += 1
        label, place = text[place:end], _after_space(text, end)
        operator = next((one for one in _OPERATORS if text.startswith(one, place)), None)
        if not label or operator is None:
            raise ValueError("no matcher")
        value, place = _quoted(text, _after_space(text, place + len(operator)))
        yield Matcher(label, operator, value)
        place = _after_space(text, place)
        if place < len(text):
            if text[place] != ",":
                raise ValueError("no comma")
            place += 1


def _quoted(text: str, place: int) -> tuple[str, int]:
    """The text in quotes that begins here, and the place behind it. Raises `ValueError` for none."""
    quote = text[place : place + 1]
    if quote not in ('"', "'", "`") or not quote:
        raise ValueError("no quote")
    found: list[str] = []
    place += 1
    while place < len(text) and text[place] != quote:
        if text[place] == "\\" and quote != "`" and place + 1 < len(text):
            place += 1
            found.append({"n": "\n", "t": "\t"}.get(text[place], text[place]))
        else:
            found.append(text[place])
        place += 1
    if place >= len(text):
        raise ValueError("no end")
    return "".join(found), place + 1


def _after_space(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place
