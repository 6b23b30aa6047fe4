"""How well an entry answers a question: which of its units it has, in what form, what share that is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.analytics.search.entry import Analysed
from services.analytics.search.question import Question
from services.analytics.words.terms import Kind


class Way(StrEnum):
    """How a unit was found."""

    SAME = "same"
    """The word itself, in any of its forms."""
    MEANING = "meaning"
    """Another name for the same thing."""
    ALIKE = "alike"
    """A word that looks much like it."""


QUALITY = {Way.SAME: 1.0, Way.MEANING: 0.9}
ALIKE_FACTOR = 0.9
IN_TITLE, IN_SOLUTION, ELSEWHERE = 1.0, 0.85, 0.8
"""What a unit counts by where it was found."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit that an entry has: by which of the entry's terms, and how."""

    unit: int
    term: str
    way: Way
    value: float


@dataclass(frozen=True, slots=True)
class Match:
    """What an entry has of a question. `share` is between 0 and 1."""

    hits: Mapping[int, Hit]
    share: float

    @property
    def terms(self) -> frozenset[str]:
        """The entry's terms by which it was found."""
        return frozenset(hit.term for hit in self.hits.values())


def match(question: Question, terms: Analysed, alike: Mapping[int, Mapping[str, float]]) -> Match:
    """What an entry with these terms has of a question; `alike` are words that look like a unit, as `find_alike`."""
    hits: dict[int, Hit] = {}

    def note(unit: int, term: str, way: Way, quality: float) -> None:
        value = quality * _place(term, terms)
        if unit not in hits or hits[unit].value < value:
            hits[unit] = Hit(unit, term, way, value)

    for place, unit in enumerate(question.units):
        if terms.has(unit.text):
            note(place, unit.text, Way.SAME, QUALITY[Way.SAME])
    for cover in (one for one in question.covers if terms.has(one.text)):
        way = Way.MEANING if cover.kind is Kind.CONCEPT else Way.SAME
        for place in cover.units:
            note(place, cover.text, way, QUALITY[way])
    for place in alike.keys() - hits.keys():
        for word, like in alike[place].items():
            if terms.has(word):
                note(place, word, Way.ALIKE, ALIKE_FACTOR * like)
    whole = question.weight
    found = sum(question.units[place].weight * hit.value for place, hit in hits.items())
    return Match(hits, found / whole if whole else 0.0)


def _place(term: str, terms: Analysed) -> float:
    spaced = f" {term} "
    if spaced in terms.title:
        return IN_TITLE
    return IN_SOLUTION if spaced in terms.solution else ELSEWHERE
