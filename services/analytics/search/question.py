"""A question as search takes it: units, each something that the asker said, and further names for some. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.analytics.words.letters import is_kana
from services.analytics.words.terms import Kind, Term, terms_of

MAX_QUERY = 500
"""Characters of a question."""
MAX_UNITS = 40
_WEIGHTS = {Kind.WORD: 1.0, Kind.NUMBER: 0.6}
_PAIR_WEIGHTS = (0.6, 0.3, 0.15)
"""Of a pair of letters, by how many of them were typed as hiragana: those are endings more often than words."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that was asked for. `weight` tells how much it says, by its kind and by how rare it is."""

    text: str
    kind: Kind
    weight: float
    start: int
    end: int
    is_known: bool = True
    """Some entry has this very term."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Another name for one unit or several that stand together: a concept, or neighbours as one word."""

    text: str
    kind: Kind
    units: tuple[int, ...]
    """Which of the question's units it stands for."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked."""

    units: tuple[Unit, ...]
    covers: tuple[Cover, ...]

    @property
    def weight(self) -> float:
        """Of all units together."""
        return sum(unit.weight for unit in self.units)


def read_question(text: str, rarity: Callable[[str], float], *, most: int = MAX_UNITS) -> Question:
    """The units and covers of a text.

    `rarity` says of a term how rare it is among what can be found, from 0 for one that is everywhere; negative for one
    that nothing has, by what it would be if something had. Of more than `most` units the rarest stay.
    """
    terms = terms_of(text)
    units: dict[str, Unit] = {}
    for term in terms:
        if term.kind.is_own and term.text not in units:
            weight = _WEIGHTS.get(term.kind) or _PAIR_WEIGHTS[sum(map(is_kana, text[term.start : term.end][:2]))]
            units[term.text] = _unit(term, weight, rarity(term.text))
    kept = sorted(units.values(), key=lambda one: (-one.weight, one.start))[:most]
    kept.sort(key=lambda one: (one.start, one.end))
    return Question(tuple(kept), tuple(_covers(terms, kept)))


def _unit(term: Term, weight: float, rare: float) -> Unit:
    return Unit(term.text, term.kind, weight * abs(rare), term.start, term.end, is_known=rare >= 0)


def _covers(terms: Sequence[Term], units: Sequence[Unit]) -> list[Cover]:
    places = {unit.text: place for place, unit in enumerate(units)}
    own = [term for term in terms if term.kind.is_own and term.text in places]
    found: dict[str, Cover] = {}
    for term in terms:
        if term.kind.is_own or term.text in found:
            continue
        inside = {places[one.text] for one in own if term.start <= one.start and one.end <= term.end}
        if inside:
            found[term.text] = Cover(term.text, term.kind, tuple(sorted(inside)))
    return list(found.values())
