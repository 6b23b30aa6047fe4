"""Templates into groups of the same problem. The same templates in the same order always give the same groups. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.analytics.clusters.aspects import subjects_of, symptoms_of
from services.analytics.clusters.linkage import Matrix, link_by_average
from services.analytics.clusters.template import Template

ALIKE = 0.15
"""How alike groups of the same problem are at least, on average; on labelled titles in three languages
(`bench/trends.py`) this and its neighbours do best."""
MOST_COMPARED = 3000
"""Templates that are compared each with each, those with most incidents: it bounds memory (36 MB) and time."""
MOST_ADDED = 10_000
"""Further templates that join the group they are most alike to; still further ones stay alone."""
_FEW, _COMMONEST = 3, 0.3
"""Of so few templates hardly anything is rare yet; even what all have counts so much."""
_CHUNK = 500
_OTHER_SUBJECT, _ONE_SUBJECT, _OTHER_SYMPTOM = 0.4, 0.7, 0.7
"""What is left of a likeness when the parts named differ, when only one title names any, when what is wrong differs."""
_DIGITS = 4
"""Likeness is rounded, so that processors that add in another order agree."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A template, and how many incidents have it."""

    template: Template
    count: int


def group_templates(counted: Sequence[Counted], most_compared: int = MOST_COMPARED) -> list[int]:
    """The group of each template, numbered by its first member; `counted` is in the order of first incidents."""
    if not counted:
        return []
    by_weight = sorted(range(len(counted)), key=lambda at: (-counted[at].count, at))
    compared = sorted(by_weight[:most_compared])
    added = sorted(by_weight[most_compared : most_compared + MOST_ADDED])
    space = _Space([counted[at].template for at in compared])
    groups = dict(zip(compared, link_by_average(space.all_pairs(), ALIKE), strict=True))
    if added:
        linked = np.array([groups[at] for at in compared])
        for place, group in zip(added, _nearest(space, [counted[at].template for at in added], linked), strict=True):
            groups |= {place: group} if group is not None else {}
    alone = len(counted)
    found = [groups.get(at, alone + at) for at in range(len(counted))]
    numbers: dict[int, int] = {}
    return [numbers.setdefault(group, len(numbers)) for group in found]


class _Space:
    """Templates as unit vectors over their features, the rarer a feature the longer, and as what they name."""

    def __init__(self, templates: Sequence[Template]) -> None:
        shares = Counter(feature for template in templates for feature in template.weights)
        total = len(templates)
        self._rarity = {feature: _rarity(count, total) for feature, count in shares.items()}
        self._unseen = _rarity(0, total)
        # what only one template has makes it longer, and is alike to nothing
        self._places = {feature: at for at, feature in enumerate(one for one, count in shares.items() if count > 1)}
        self._aspects: dict[str, int] = {}
        for template in templates:
            for aspect in _aspects_of(template):
                self._aspects.setdefault(aspect, len(self._aspects))
        self._templates = templates
        self._vectors = self._vectors_of(templates)
        self._subjects, self._symptoms = self._named_by(templates)

    def all_pairs(self) -> Matrix:
        """How alike each is to each: (n, n)."""
        return np.concatenate([part for _, part in self.compare(self._templates)])

    def compare(self, templates: Sequence[Template]) -> Iterator[tuple[Sequence[Template], Matrix]]:
        """How alike each of these is to each of the space's, some of them at a time: (of them, n)."""
        for start in range(0, len(templates), _CHUNK):
            some = templates[start : start + _CHUNK]
            alike = self._vectors_of(some) @ self._vectors.T
            subjects, symptoms = self._named_by(some)
            alike *= _factor(subjects, self._subjects, _OTHER_SUBJECT, _ONE_SUBJECT)
            alike *= _factor(symptoms, self._symptoms, _OTHER_SYMPTOM, 1.0)
            yield some, np.round(alike, _DIGITS)

    def _vectors_of(self, templates: Sequence[Template]) -> Matrix:
        vectors = np.zeros((len(templates), max(len(self._places), 1)), dtype=np.float32)
        for row, template in enumerate(templates):
            length = math.sqrt(
                sum((weight * self._rarity.get(one, self._unseen)) ** 2 for one, weight in template.weights.items())
            )
            for feature, weight in template.weights.items():
                place = self._places.get(feature)
                if place is not None:
                    vectors[row, place] = weight * self._rarity[feature] / length
        return vectors

    def _named_by(self, templates: Sequence[Template]) -> tuple[Matrix, Matrix]:
        """Which subjects and which symptoms each names: two of (templates, aspects), of zeros and ones."""
        shape = (len(templates), max(len(self._aspects), 1))
        subjects, symptoms = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
        for row, template in enumerate(templates):
            features = frozenset(template.weights)
            for named, matrix in ((subjects_of(features), subjects), (symptoms_of(features), symptoms)):
                for aspect in named:
                    if aspect in self._aspects:
                        matrix[row, self._aspects[aspect]] = 1.0
        return subjects, symptoms


def _rarity(count: int, total: int) -> float:
    """How much a feature tells that so many of all templates have; of few templates hardly more than another."""
    return math.log((total + 2 * _FEW) / (count + _FEW)) + _COMMONEST


def _aspects_of(template: Template) -> list[str]:
    features = frozenset(template.weights)
    return sorted(subjects_of(features) | symptoms_of(features))


def _factor(some: Matrix, others: Matrix, when_others: float, when_one: float) -> Matrix:
    """1 where both name something in common, or neither names anything; else what is left of their likeness."""
    common = (some @ others.T) > 0
    has = np.asarray(some.any(axis=1))[:, np.newaxis]
    have = np.asarray(others.any(axis=1))[np.newaxis, :]
    factor = np.ones(common.shape, dtype=np.float32)
    factor[has & have & ~common] = when_others
    factor[has ^ have] = when_one
    return factor


def _nearest(space: _Space, templates: Sequence[Template], groups: np.ndarray) -> Iterator[int | None]:
    """The group that each of these is most alike to on average; None where it is alike enough to none."""
    members = np.zeros((len(groups), int(groups.max()) + 1), dtype=np.float32)
    members[np.arange(len(groups)), groups] = 1.0
    members /= members.sum(axis=0)
    for _, alike in space.compare(templates):
        by_group = np.round(alike @ members, _DIGITS)
        nearest = by_group.argmax(axis=1)
        for row, group in enumerate(nearest):
            yield int(group) if by_group[row, group] >= ALIKE else None
