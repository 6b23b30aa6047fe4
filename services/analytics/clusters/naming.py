"""A name for a cluster that people understand: one of its titles, which says what all have in common. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.analytics.clusters.masking import mask
from services.analytics.clusters.template import PART_MARK, Template
from services.analytics.words.letters import ZWNJ, fold, script_of
from services.analytics.words.stop_words import STOP_WORDS
from services.analytics.words.terms import Kind, terms_of

MOST_TITLES = 200
"""Different titles that are looked at, the most frequent ones."""
LONGEST = 80
"""Characters of a name."""
_COMMON = 0.3
"""A feature that a smaller share of the incidents has says more of one of them than of all."""
_EDGES = " \t\n.,;:!?-–—_/\\|()[]{}<>`、。・：；（）「」『』،؛"
_ENDINGS = ("が発生しました", "が発生しま", "が発生", "しました", "です", "で", "が", "の", "を", "に", "は")
_NO_NAME = "…"
_LONGEST_SERVICE = 100


@dataclass(frozen=True, slots=True)
class Titled:
    """One title of a cluster, its template, and how many incidents have it."""

    title: str
    template: Template
    count: int
    service: str | None = None
    """The name of the incidents' service, where they have one."""


def name_cluster(titles: Iterable[Titled]) -> str:
    """The name of a cluster of these titles; the same for the same titles in any order.

    What differs from one incident to the next (hosts, numbers, the service's name) is left out. Never empty.
    """
    counts: Counter[str] = Counter()
    templates: dict[str, Template] = {}
    for one in titles:
        title = " ".join(_without_service(mask(one.title), one.service).split()) or " ".join(one.title.split())
        counts[title] += one.count
        templates.setdefault(title, one.template)
    frequent = _of_one_script(sorted(counts, key=lambda title: (-counts[title], title)), counts)[:MOST_TITLES]
    total = sum(counts[title] for title in frequent)
    shares: Counter[str] = Counter()
    for title in frequent:
        for feature in templates[title].weights:
            shares[feature] += counts[title]
    common = {feature for feature, count in shares.items() if count >= _COMMON * total}

    def worth(title: str) -> tuple[float, int, int, str]:
        own = [one for one in templates[title].weights if not one.startswith(PART_MARK)]
        fits = sum(shares[feature] / total - _COMMON for feature in own)
        return (-round(fits, 6), -counts[title], len(title), title)

    best = min(frequent, key=worth)
    return _tidy(best, common)[:LONGEST].strip() or best[:LONGEST].strip() or _NO_NAME


def _without_service(title: str, service: str | None) -> str:
    """The title without its own service's name, where that stands as a word or words."""
    if not service:
        return title
    name = re.escape(service.strip()[:_LONGEST_SERVICE])
    return re.sub(rf"(?<!\w){name}(?!\w)", " ", title, flags=re.IGNORECASE) if name else title


def _of_one_script(titles: Sequence[str], counts: Mapping[str, int]) -> list[str]:
    """Those in the script that most of the incidents are written in."""
    by_script: dict[str, list[str]] = {}
    for title in titles:
        by_script.setdefault(script_of(title), []).append(title)
    return max(by_script.values(), key=lambda some: sum(counts[title] for title in some))


def _tidy(title: str, common: set[str]) -> str:
    """Without what stands at either end and is not common to the cluster, signs and grammar included."""
    kept = [
        (term.start, term.end)
        for term in terms_of(title)
        if term.text in common or (term.kind is Kind.PAIR and _is_word_inside(term.text))
    ]
    if not kept:
        return _without_grammar(title)
    return _without_grammar(_whole_words(title, min(start for start, _ in kept), max(end for _, end in kept)))


def _whole_words(title: str, start: int, end: int) -> str:
    """This part of a title, and of what half-spaces part the rest of its first and last word: `سفارش‌ها`."""
    while start and title[start - 1] == ZWNJ and (word := _letters_before(title, start - 1)) < start - 1:
        start = word
    while title[end : end + 1] == ZWNJ and (word := _letters_behind(title, end + 1)) > end + 1:
        end = word
    return title[start:end]


def _letters_before(title: str, at: int) -> int:
    while at and _is_letter(title[at - 1]):
        at -= 1
    return at


def _letters_behind(title: str, at: int) -> int:
    while at < len(title) and _is_letter(title[at]):
        at += 1
    return at


def _is_letter(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _is_word_inside(pair: str) -> bool:
    return not pair.isascii()


def _without_grammar(name: str) -> str:
    name = name.strip(_EDGES)
    words: Sequence[str] = name.split()
    while len(words) > 1 and fold(words[-1].strip(_EDGES)) in STOP_WORDS:
        words = words[:-1]
    while len(words) > 1 and fold(words[0].strip(_EDGES)) in STOP_WORDS:
        words = words[1:]
    name = " ".join(words).strip(_EDGES)
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name[: -len(ending)].strip(_EDGES)
    return name
