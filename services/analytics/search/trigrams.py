"""Three letters at a time of a word: what a word with a typing fault still shares with the right one. Pure."""

from __future__ import annotations

from functools import lru_cache

from services.analytics.words.letters import is_cjk
from services.analytics.words.terms import CONCEPT_MARK

SHORTEST = 4
"""Shorter words are too much alike."""
_SHORT_ALIKE = 0.6
"""What three letters count that are one fault away from four."""


@lru_cache(maxsize=20_000)
def is_word(term: str) -> bool:
    """True for a term in which there can be a typing fault: a word of a script with spaces."""
    return not (term[0] == CONCEPT_MARK or is_cjk(term[0]) or term.isdigit())


@lru_cache(maxsize=20_000)
def trigrams_of(word: str) -> tuple[str, ...]:
    """The trigrams of a word with its beginning and end, as spaces; none of what has too few letters, or of no word."""
    if len(word) < SHORTEST or not is_word(word):
        return ()
    marked = f" {word} "
    return tuple(dict.fromkeys(marked[at : at + 3] for at in range(len(marked) - 2)))


@lru_cache(maxsize=20_000)
def likeness(one: str, other: str) -> float:
    """How much two words look alike, 0 to 1: the trigrams that they share against those that they have (Dice).

    Two letters that changed places, or one that is wrong in the middle, cost a word more than they should: so a pair
    that is one fault apart counts as nearly the same.
    """
    if one == other:
        return 1.0
    if abs(len(one) - len(other)) <= 1 and _is_one_fault(one, other):
        return 0.9 if min(len(one), len(other)) >= SHORTEST else _SHORT_ALIKE * (max(len(one), len(other)) >= SHORTEST)
    ours, theirs = trigrams_of(one), trigrams_of(other)
    if not ours or not theirs:
        return 0.0
    return 2 * len(set(ours) & set(theirs)) / (len(ours) + len(theirs))


def _is_one_fault(one: str, other: str) -> bool:
    """True when one letter was left out, put in, exchanged or swapped with its neighbour."""
    if len(one) > len(other):
        one, other = other, one
    first = next((at for at, letter in enumerate(one) if letter != other[at]), len(one))
    if len(one) < len(other):
        return one[first:] == other[first + 1 :]
    rest = one[first + 1 :]
    if rest == other[first + 1 :]:
        return True
    return one[first : first + 2] == other[first : first + 2][::-1] and one[first + 2 :] == other[first + 2 :]
