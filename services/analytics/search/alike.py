"""The words of what was found that look like those that were asked for. Pure.

A word that looks like another shares some of its trigrams. All words of eighty entries, thousands, are looked through
for those at once, as numbers; only what shares enough is compared letter by letter (`likeness`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from services.analytics.search.question import Question, Unit
from services.analytics.search.trigrams import SHORTEST, likeness
from services.analytics.words.terms import Kind

LEAST_ALIKE = 0.45
"""Words that look less alike are strangers."""
_UNKNOWN_APART, _KNOWN_APART = 3, 1
"""How many letters longer or shorter a word may be than one that nothing has, and than one that something has."""
_HASHES = 1 << 13
_FACTORS = np.array([31 * 31, 31], dtype=np.uint32)
_SPACE = ord(" ")
_ONE_FAULT = 4
"""So many trigrams of a word are others when two of its letters changed places."""


def find_alike(question: Question, spaced: Iterable[str]) -> dict[int, dict[str, float]]:
    """Of each unit that is a word: the words of these texts (`Analysed.words`) that look like it, and how much."""
    wanted = [(place, unit) for place, unit in enumerate(question.units) if unit.kind is Kind.WORD]
    words = list(dict.fromkeys(" ".join(spaced).split())) if wanted else []
    if not words:
        return {}
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    shared = _count_shared([_trigrams(unit.text) for _, unit in wanted], words, lengths)
    found: dict[int, dict[str, float]] = {}
    for (place, unit), counts in zip(wanted, shared, strict=True):
        near = {
            words[at]: like
            for at in np.flatnonzero(_is_near(unit, lengths, counts))
            if words[at] != unit.text and (like := likeness(unit.text, words[at])) >= LEAST_ALIKE
        }
        if near:
            found[place] = near
    return found


def _count_shared(
    trigrams: Sequence[Sequence[str]], words: Sequence[str], lengths: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Of each of these sets of trigrams: how many of them, or of others with the same hash, each word has."""
    own = np.zeros(_HASHES, dtype=np.uint64)
    for number, some in enumerate(trigrams):
        own[_hashes("".join(some))[::3]] |= np.uint64(1 << number)
    masks = own[_hashes(f" {' '.join(words)} ")]
    at = np.flatnonzero(masks)
    masks = masks[at]
    # a word's trigrams begin at the space before it: the last at its last letter but one
    which = np.searchsorted(np.cumsum(lengths + 1), at, side="right")
    return [
        np.bincount(which[(masks & np.uint64(1 << number)) != 0], minlength=len(words))
        for number in range(len(trigrams))
    ]


def _hashes(text: str) -> NDArray[np.uint32]:
    """A number for each three neighbouring letters of a text."""
    letters = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
    found: NDArray[np.uint32] = (letters[:-2] * _FACTORS[0] + letters[1:-1] * _FACTORS[1] + letters[2:]) % _HASHES
    return found


def _trigrams(word: str) -> Sequence[str]:
    """A word's trigrams; of one of four letters also those of the same with the middle two swapped."""
    spelled = [word, word[0] + word[2] + word[1] + word[3]] if len(word) == SHORTEST else [word]
    return [f" {one} "[at : at + 3] for one in spelled for at in range(len(one))]


def _is_near(unit: Unit, lengths: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For each word whether it shares so much with the unit that it can be alike."""
    own = len(unit.text)
    apart = np.abs(lengths - own)
    least = np.ceil((lengths + own) * (LEAST_ALIKE / 2))
    least = np.where(apart <= 1, np.minimum(least, np.maximum(1, np.minimum(lengths, own) - _ONE_FAULT)), least)
    near: NDArray[np.bool_] = (apart <= (_KNOWN_APART if unit.is_known else _UNKNOWN_APART)) & (counts >= least)
    return near
