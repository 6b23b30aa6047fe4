"""The part of an entry that shows why it was found, with what was asked for marked. Pure.

The text is cut into pieces, each with whether it is marked, so that whoever shows it needs no markup inside it and
nothing that a text holds is ever read as some.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.analytics.search.keeping.kept import Passage

LENGTH = 240
"""Characters of an excerpt."""
_BEFORE = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an excerpt; `marked` where it is what was asked for."""

    text: str
    marked: bool


def make_excerpt(passages: Sequence[Passage], terms: frozenset[str]) -> list[Piece]:
    """The excerpt of the passage that has most of these terms, about where they stand; the first one's when none has
    any.
    """
    best, places, most = "", list[tuple[int, int]](), 0
    for passage in passages:
        found = find_places(passage, terms)
        has = len({passage.text[start:end] for start, end in found})
        if not best or has > most:
            best, places, most = passage.text, found, has
    start = _start_of(best, places)
    end = min(len(best), start + LENGTH)
    pieces = list(_cut(best, start, end, places))
    if start > 0:
        pieces.insert(0, Piece("…", marked=False))
    if end < len(best):
        pieces.append(Piece("…", marked=False))
    return pieces


def find_places(passage: Passage, terms: frozenset[str]) -> list[tuple[int, int]]:
    """Where these terms stand in a text, one behind the other; neighbours that touch are one place."""
    found = sorted(place for term, place in zip(passage.terms, passage.places, strict=True) if term in terms)
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _start_of(text: str, places: Sequence[tuple[int, int]]) -> int:
    """Where the window begins that holds most of the places, a little before the first of them."""
    if not places or len(text) <= LENGTH:
        return 0
    best, most = 0, 0
    for first, (start, _) in enumerate(places):
        begin = max(0, start - _BEFORE)
        held = sum(end <= begin + LENGTH for _, end in places[first:])
        if held > most:
            best, most = begin, held
    return best


def _cut(text: str, start: int, end: int, places: Sequence[tuple[int, int]]) -> Iterable[Piece]:
    at = start
    for one, two in places:
        begin, stop = max(one, at), min(two, end)
        if begin >= stop:
            continue
        if begin > at:
            yield Piece(text[at:begin], marked=False)
        yield Piece(text[begin:stop], marked=True)
        at = stop
    if at < end:
        yield Piece(text[at:end], marked=False)
