"""How much two incidents are alike, why, and whether that is enough to tell people without being asked. Pure.

Titles are compared both ways: what one has and the other lacks counts against it, by how rare it is. What names the
service or counts machines is left out, since it is told by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from services.analytics.search.alike import find_alike
from services.analytics.search.entry import Analysed, Entry, analyse
from services.analytics.search.matching import Match, match
from services.analytics.search.question import Question, read_question
from services.analytics.words.terms import Kind, terms_of

MOST_UNITS = 30
MOST_TEXT = 1_000
_TITLE, _ABOUT, _SERVICE = 0.75, 0.15, 0.10
_SAME_ALERT = 0.9
"""The least score of who had the same alert."""
_NUMBER = 2.0
"""How much more a number counts that only one has than one that is searched for: `500` is not `404`."""
_SHORT_NUMBER = 3
"""Digits of a number that counts machines or percents; longer ones, as of status codes, tell something."""

# what is good enough to be told unasked: no hint is better than a wrong one
ENOUGH_WITH_ALERT = 0.4
ENOUGH_ON_SERVICE = 0.62
ENOUGH_ELSEWHERE = 0.75
LEAST_HITS = 2
"""One word in common is chance."""
MOST_EXCHANGED = 0.2
"""What may stand in one title where something else stands in the other, as a share: `memory` is not `disk`. Words that
only one of the two has are forgiven, for people are brief.
"""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What an incident has of another one. `title` is between 0 and 1, as is the `score`."""

    score: float
    title: float
    exchanged: float
    """The share of the titles in which each has something that the other lacks."""
    same_alert: bool
    same_service: bool
    words: int
    words_of: int

    @property
    def is_enough(self) -> bool:
        """It may be told to people who did not ask."""
        if self.same_alert:
            return self.title >= ENOUGH_WITH_ALERT
        if self.words < min(LEAST_HITS, self.words_of) or self.exchanged > MOST_EXCHANGED:
            return False
        return self.title >= (ENOUGH_ON_SERVICE if self.same_service else ENOUGH_ELSEWHERE)


def compare(ours: Entry, theirs: Entry, rarity: Callable[[str], float]) -> Likeness:
    """How much the past incident is like ours; `rarity` as in `read_question`."""
    named = frozenset(
        term.text for entry in (ours, theirs) for name in entry.names for term in terms_of(name) if term.kind.is_own
    )
    here, other = _without_names(ours, named), _without_names(theirs, named)
    asked, asked_back = (read_question(one.title, rarity, most=MOST_UNITS) for one in (here, other))
    there, back = _match(asked, analyse(other)), _match(asked_back, analyse(here))
    title = math.sqrt(there.share * back.share)
    about = _match(read_question(" ".join(here.texts)[:MOST_TEXT], rarity, most=MOST_UNITS), analyse(other)).share
    same_alert = bool(set(ours.alert_keys) & set(theirs.alert_keys))
    same_service = ours.service_id is not None and ours.service_id == theirs.service_id
    score = _TITLE * title + _ABOUT * about + _SERVICE * same_service
    return Likeness(
        score=min(1.0, max(score, _SAME_ALERT + score / 10) if same_alert else score),
        title=title,
        exchanged=min(_lacking(asked, there), _lacking(asked_back, back)),
        same_alert=same_alert,
        same_service=same_service,
        words=len(there.hits),
        words_of=len(asked.units),
    )


def reason_of(likeness: Likeness) -> str:
    """Why an incident is shown: `same alert key, same service and 7 of 9 words`."""
    words = f"{likeness.words} of {likeness.words_of} words" if likeness.words else ""
    signs = [
        "same alert key" if likeness.same_alert else "",
        "same service" if likeness.same_service else "",
    ]
    said = ", ".join(sign for sign in signs if sign)
    return " and ".join(part for part in (said, words) if part) or "some words of its text"


def _match(question: Question, terms: Analysed) -> Match:
    return match(question, terms, find_alike(question, [terms.words]))


def _lacking(question: Question, matched: Match) -> float:
    """The share of a question of which there is nothing, in whatever form."""
    weights = [unit.weight * (_NUMBER if unit.kind is Kind.NUMBER else 1.0) for unit in question.units]
    lacking = sum(weight for place, weight in enumerate(weights) if place not in matched.hits)
    return lacking / sum(weights) if lacking else 0.0


def _without_names(entry: Entry, named: frozenset[str]) -> Entry:
    """The incident as it tells of itself: without what names services or counts machines, and without its solution.

    That a service is called `payments` does not make its incidents ones about payments.
    """
    title, *texts = (_cut_out(text, named) for text in (entry.title, *entry.texts))
    return replace(entry, title=title if terms_of(title) else entry.title, texts=texts, names=(), solution="")


def _cut_out(text: str, named: frozenset[str]) -> str:
    kept, at = [], 0
    for term in terms_of(text):
        counts = term.kind is Kind.NUMBER and term.end - term.start < _SHORT_NUMBER
        if term.kind.is_own and term.start >= at and (counts or term.text in named):
            kept.append(text[at : term.start])
            at = term.end
    return " ".join([*kept, text[at:]])
