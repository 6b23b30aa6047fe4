"""A title as what it is compared by: features with weights, the same where only hosts and numbers differ. Pure."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from services.analytics.clusters.aspects import GENERIC, WEAK_WORDS
from services.analytics.clusters.masking import mask
from services.analytics.words.terms import Kind, Term, terms_of

_GENERIC, _WEAK, _OWN_SERVICE = 0.5, 0.4, 0.25
"""The weight of concepts in half of all titles, of words of monitoring rules, of the incident's own service's name."""
_PAIR = 0.3
"""Scripts without spaces have about three pairs for a word of others."""
_PART = 0.3
"""All parts of a word together: a word with a typing fault shares most of them with the right one."""
_SHORTEST_WITH_PARTS = 4
PART_MARK = "~"


@dataclass(frozen=True, slots=True)
class Template:
    """What titles have in common that differ in nothing that counts."""

    key: str
    """The same for the same features, at any time and in any process."""
    weights: Mapping[str, float]
    """How much each feature counts before it is known how common it is."""


def template_of(title: str, service: str | None = None) -> Template:
    """The template of an incident's title; `service` is the name of its service, which tells little of the problem."""
    terms = terms_of(mask(title)) or terms_of(title)
    own = {term.text for term in terms_of(service)} if service else frozenset()
    concepts = _widest([term for term in terms if term.kind is Kind.CONCEPT])
    weights: dict[str, float] = {}
    for concept in concepts:
        _add(weights, concept.text, (_GENERIC if concept.text in GENERIC else 1.0) * _own(concept, own))
    for term in terms:
        if term.kind not in (Kind.WORD, Kind.PAIR):
            continue
        if not any(one.start <= term.start and term.end <= one.end for one in concepts):
            weight = (_PAIR if term.kind is Kind.PAIR else 1.0) * (_WEAK if term.text in WEAK_WORDS else 1.0)
            _add(weights, term.text, weight * _own(term, own))
        if term.kind is Kind.WORD and len(term.text) >= _SHORTEST_WITH_PARTS:
            parts = _parts_of(term.text)
            for part in parts:
                _add(weights, part, _PART / math.sqrt(len(parts)) * _own(term, own))
    return Template(_key_of(weights), weights)


def _widest(concepts: Sequence[Term]) -> list[Term]:
    """Without those that stand inside of a longer one: `out of memory` is not also `memory`."""
    return [
        one
        for one in concepts
        if not any(
            other.start <= one.start and one.end <= other.end and other.end - other.start > one.end - one.start
            for other in concepts
        )
    ]


def _own(term: Term, own: AbstractSet[str]) -> float:
    return _OWN_SERVICE if term.text in own else 1.0


def _parts_of(word: str) -> set[str]:
    """Each three neighbouring letters of a word, with its beginning and its end."""
    framed = f"^{word}$"
    return {PART_MARK + framed[at : at + 3] for at in range(len(framed) - 2)}


def _add(weights: dict[str, float], feature: str, weight: float) -> None:
    weights[feature] = max(weights.get(feature, 0.0), weight)


def _key_of(weights: Mapping[str, float]) -> str:
    text = "\n".join(f"{feature} {weight:.3f}" for feature, weight in sorted(weights.items()))
    return hashlib.blake2b(text.encode(), digest_size=9).hexdigest()
