"""How well an entry answers a question: which of its units it has, in what form, what share that is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.analytics.search.entry import Analysed
from services.analytics.search.question import Question
from services.analytics.search.trigrams import is_word, likeness
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
LEAST_ALIKE = 0.45
"""Words that look less alike are strangers."""
ALIKE_FACTOR = 0.9
_UNKNOWN_APART, _KNOWN_APART = 3, 1
"""How many letters longer or shorter a word may be than one that nothing has, and than one that something has."""
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
    everything = frozenset(terms.all)
    hits: dict[int, Hit] = {}

    def note(unit: int, term: str, way: Way, quality: float) -> None:
        value = quality * _place(term, terms)
        if unit not in hits or hits[unit].value < value:
            hits[unit] = Hit(unit, term, way, value)

    for place, unit in enumerate(question.units):
        if unit.text in everything:
            note(place, unit.text, Way.SAME, QUALITY[Way.SAME])
    for cover in (one for one in question.covers if one.text in everything):
        way = Way.MEANING if cover.kind is Kind.CONCEPT else Way.SAME
        for place in cover.units:
            note(place, cover.text, way, QUALITY[way])
    for place in alike.keys() - hits.keys():
        for word in alike[place].keys() & everything:
            note(place, word, Way.ALIKE, ALIKE_FACTOR * alike[place][word])
    whole = question.weight
    found = sum(question.units[place].weight * hit.value for place, hit in hits.items())
    return Match(hits, found / whole if whole else 0.0)


def find_alike(question: Question, entries: Iterable[Analysed]) -> dict[int, dict[str, float]]:
    """Of each unit that is a word: the words of these entries that look like it, and how much."""
    wanted = [(place, unit) for place, unit in enumerate(question.units) if unit.kind is Kind.WORD]
    words = _words_by_length(entries) if wanted else {}
    found: dict[int, dict[str, float]] = {}
    for place, unit in wanted:
        text, apart = unit.text, _KNOWN_APART if unit.is_known else _UNKNOWN_APART
        lengths = range(len(text) - apart, len(text) + apart + 1)
        near = {
            word: like
            for length in lengths
            for word in words.get(length, ())
            if (like := likeness(text, word)) >= LEAST_ALIKE and word != text
        }
        if near:
            found[place] = near
    return found


def _words_by_length(entries: Iterable[Analysed]) -> Mapping[int, Sequence[str]]:
    found: dict[int, list[str]] = {}
    for word in {word for terms in entries for word in terms.all}:
        if is_word(word):
            found.setdefault(len(word), []).append(word)
    return found


def _place(term: str, terms: Analysed) -> float:
    if term in terms.title:
        return IN_TITLE
    return IN_SOLUTION if term in terms.solution else ELSEWHERE
