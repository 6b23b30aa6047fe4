"""The terms of a text: what it is found by, compared by and grouped by, be it kept or asked for. Pure.

Words are folded and stemmed; scripts without spaces are cut into pairs of letters; neighbours are also taken together,
since people write `time out`, `timeout` and half-spaces as it comes; and what an engineer takes for the same thing, in
any of the three languages, is one concept.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from services.analytics.words.concepts import CONCEPTS
from services.analytics.words.letters import fold, is_arabic, is_kana
from services.analytics.words.pieces import MAX_WORD, Run, pieces_of, runs_in
from services.analytics.words.stems import PERSIAN_PREFIXES, stem
from services.analytics.words.stop_words import PARTICLES, STOP_PAIRS, STOP_WORDS

MAX_TEXT = 20_000
"""Characters of a text that are looked at."""
CONCEPT_MARK = "§"
_MOST_OKURIGANA = 2


class Kind(StrEnum):
    """What a term is."""

    WORD = "word"
    NUMBER = "number"
    PAIR = "pair"
    """Two letters of a script without spaces, or one that stands alone."""
    JOINED = "joined"
    """Two neighbours as one word, or what stands in Japanese on both sides of an ending."""
    CONCEPT = "concept"
    """A thing by its name in `concepts.txt`, however it is called."""

    @property
    def is_own(self) -> bool:
        """True for what stands in the text; the others are further names for it."""
        return self in (Kind.WORD, Kind.NUMBER, Kind.PAIR)


class Term(NamedTuple):
    """A term, and where in the text stands what it was made of."""

    text: str
    kind: Kind
    start: int
    end: int


class _Word(NamedTuple):
    """A word of a spaced script: folded, its stem, and whether it follows right on the one before."""

    folded: str
    stem: str
    start: int
    end: int
    tight: bool


class _Part(NamedTuple):
    """A word in a piece of text, or a run of letters that no spaces part."""

    folded: str
    stem: str
    start: int
    end: int
    run: Run | None = None


def terms_of(text: str) -> Sequence[Term]:
    """The terms of a text in the order of what they were made of; grammar is left out unless there is nothing else."""
    return _short_terms(text) if len(text) <= _SHORT else _terms(text[:MAX_TEXT])


def _terms(text: str) -> tuple[Term, ...]:
    words, found = _read(text)
    words = _with_prefixes(words)
    kept = [word for word in words if word.folded not in STOP_WORDS] or ([] if found else words)
    found += [Term(one.stem, _kind_of(one.stem), one.start, one.end) for one in kept]
    found += _joined(words)
    found += _concepts_of(words)
    return tuple(sorted(found, key=_PLACE))


_SHORT = 60
_short_terms = lru_cache(maxsize=1_000)(_terms)
"""Names of services and titles come again and again."""
_PLACE = itemgetter(2, 3)
"""A term's start and end."""


def _read(text: str) -> tuple[list[_Word], list[Term]]:
    """The words of spaced scripts in a text, and the terms of those without spaces."""
    words: list[_Word] = []
    found: list[Term] = []
    last = -2
    for at, piece in pieces_of(text):
        for folded, root, start, end, run in _parts_of(piece) if len(piece) <= MAX_WORD else _parts_in(piece):
            if run is not None:
                found += _cjk_terms(run, at)
            elif folded:
                words.append(_Word(folded, root, at + start, at + end, at + start - last <= 1))
            last = at + end
    return words, found


def _parts_in(piece: str) -> tuple[_Part, ...]:
    return tuple(_part_of(run) for run in runs_in(piece))


_parts_of = lru_cache(maxsize=16_000)(_parts_in)
"""People write the same words again and again."""


def _part_of(run: Run) -> _Part:
    if run.cjk:
        return _Part("", "", run.start, run.end, run)
    folded = "".join(fold(run.text).split())[:MAX_WORD]
    return _Part(folded, stem(folded) if folded else "", run.start, run.end)


def _with_prefixes(words: list[_Word]) -> list[_Word]:
    """Persian verbs with their prefix, whether it was parted by a half-space, a space or nothing."""
    if not any(word.folded in PERSIAN_PREFIXES for word in words):
        return words
    found: list[_Word] = []
    for word in words:
        if found and found[-1].folded in PERSIAN_PREFIXES and is_arabic(word.folded[0]):
            verb = found.pop()
            joined = verb.folded + word.folded
            found.append(_Word(joined, stem(joined), verb.start, word.end, verb.tight))
        else:
            found.append(word)
    return found


def _kind_of(word: str) -> Kind:
    return Kind.NUMBER if word.isdigit() else Kind.WORD


def _joined(words: Sequence[_Word]) -> list[Term]:
    """Each two neighbours as one word: `time out` is `timeout`, and `پایگاه داده` is `پایگاهداده`."""
    return [
        Term(stem(one.folded + other.folded), Kind.JOINED, one.start, other.end)
        for one, other in pairwise(words)
        if other.tight
        and one.folded not in STOP_WORDS
        and (other.folded not in STOP_WORDS or other.folded in PARTICLES)
        and len(one.folded) + len(other.folded) <= MAX_WORD
    ]


def _concepts_of(words: Sequence[_Word]) -> list[Term]:
    found = []
    for place, word in enumerate(words):
        for phrase, concept in _PHRASES.get(word.stem, ()):
            last = place + len(phrase) - 1
            if last < len(words) and all(
                words[place + step].stem == wanted for step, wanted in enumerate(phrase[1:], 1)
            ):
                found.append(Term(concept, Kind.CONCEPT, word.start, words[last].end))
    return found


def _cjk_terms(run: Run, offset: int) -> list[Term]:
    """Pairs of letters, kanji on both sides of an ending as one more pair, and concepts."""
    letters, places = _letters_of(run, offset)
    if len(letters) == 1:
        return [Term(letters, Kind.PAIR, offset + run.start, offset + run.end)]
    found = [
        Term(letters[at : at + 2], Kind.PAIR, places[at][0], places[at + 1][1])
        for at in range(len(letters) - 1)
        if letters[at : at + 2] not in STOP_PAIRS
    ]
    kanji = [at for at, letter in enumerate(letters) if not is_kana(letter)]
    found += [
        Term(letters[one] + letters[other], Kind.JOINED, places[one][0], places[other][1])
        for one, other in pairwise(kanji)
        if 1 < other - one <= _MOST_OKURIGANA + 1
    ]
    at = 0
    while at < len(letters):
        phrases = [one for one in _CJK_PHRASES.get(letters[at : at + 2], ()) if letters.startswith(one[0], at)]
        found += [Term(concept, Kind.CONCEPT, places[at][0], places[at + len(one) - 1][1]) for one, concept in phrases]
        # what begins inside a longer name is another word's middle
        at += max((len(one) for one, _ in phrases), default=1)
    return found


def _letters_of(run: Run, offset: int = 0) -> tuple[str, list[tuple[int, int]]]:
    """The folded letters of a run, and where each stands; where folding moves them, all stand where the run does."""
    each = [fold(letter) for letter in run.text]
    letters = fold(run.text)
    if "".join(each) == letters and all(len(one) <= 1 for one in each):
        first = offset + run.start
        return letters, [(first + at, first + at + 1) for at, one in enumerate(each) if one]
    return letters or run.text, [(offset + run.start, offset + run.end)] * max(len(letters), len(run.text))


def _phrases() -> tuple[dict[str, list[tuple[tuple[str, ...], str]]], dict[str, list[tuple[str, str]]]]:
    """What things are called by: of spaced scripts by the first stem, of others by the first two letters."""
    spaced: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    tight: dict[str, list[tuple[str, str]]] = {}
    for name, called in CONCEPTS:
        concept = CONCEPT_MARK + name
        for one in dict.fromkeys(called):
            runs = [run for _, piece in pieces_of(one) for run in runs_in(piece)]
            if len(runs) == 1 and runs[0].cjk:
                letters, _ = _letters_of(runs[0])
                tight.setdefault(letters[:2], []).append((letters, concept))
                continue
            words = _with_prefixes(_read(one)[0])
            stems = {tuple(word.stem for word in words), (stem("".join(word.folded for word in words)),)}
            for phrase in stems:
                if (phrase, concept) not in spaced.setdefault(phrase[0], []):
                    spaced[phrase[0]].append((phrase, concept))
    return spaced, tight


_PHRASES, _CJK_PHRASES = _phrases()
