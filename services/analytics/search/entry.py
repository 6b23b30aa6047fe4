"""What is found: one thing that somebody may want to read, as search knows it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.analytics.words.terms import Kind, Term, terms_of

MAX_TITLE = 500
MAX_SOLUTION = 2_000
MAX_TEXT = 8_000
"""Characters of all other texts of an entry together that are looked at."""
MAX_NAMES = 2_000
"""Characters of all its names together."""


class EntryKind(StrEnum):
    """What can be found."""

    INCIDENT = "incident"
    POSTMORTEM = "postmortem"
    ACTION = "action"
    PATTERN = "pattern"
    RUNBOOK = "runbook"


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing to be found. Its texts are the person's own, not folded."""

    id: str
    kind: EntryKind
    title: str
    solution: str = ""
    """What ended it, in the words of who ended it; empty where nobody said."""
    texts: Sequence[str] = ()
    names: Sequence[str] = ()
    """Ids, services, components: found by, but never shown as an excerpt."""
    service_id: str | None = None
    team: str | None = None
    at: datetime | None = None
    """When it began: what `from` and `to` narrow."""
    alert_keys: Sequence[str] = ()
    is_over: bool = True
    """False for an incident that is open."""
    is_everybodys: bool = False
    """True for what is no team's and there for all to find, as a runbook of nobody."""
    part: str = ""
    """The team whose part of a pattern it is: only keys of that team find it, for all others there is the whole."""

    @property
    def key(self) -> str:
        """What it is known by among entries of all kinds."""
        return f"{self.kind}:{self.id}" + (f"@{self.part}" if self.part else "")

    @property
    def passages(self) -> list[str]:
        """What an excerpt may show of it, on one line each: the title, the solution, the other texts."""
        texts = (on_one_line(text) for text in cut(self.texts, MAX_TEXT))
        return [on_one_line(self.title), on_one_line(self.solution), *filter(None, texts)]


@dataclass(frozen=True, slots=True)
class Analysed:
    """An entry's terms: texts in which each stands between spaces, so that whether it is there is quickly told."""

    title: str = " "
    solution: str = " "
    all: str = " "
    """Every term of it as often as it stands there, for ranking counts them, in the order of its passages; then those
    of its names."""
    words: str = " "
    """Once each: those in which there may be a typing fault."""
    places: Sequence[Sequence[tuple[int, int]]] = ()
    """Of each passage: where in it stands what each of its terms was made of."""

    def has(self, term: str) -> bool:
        """True when it is one of the entry's terms."""
        return f" {term} " in self.all


def analyse(entry: Entry) -> Analysed:
    """The terms that an entry is found by."""
    passages = [terms_of(text) for text in entry.passages]
    names = [term for text in cut(entry.names, MAX_NAMES) for term in terms_of(text)]
    every = [term for terms in passages for term in terms] + names
    return Analysed(
        title=spaced([term.text for term in passages[0]]),
        solution=spaced([term.text for term in passages[1]]),
        all=spaced([term.text for term in every]),
        words=spaced(dict.fromkeys(term.text for term in every if _may_be_mistyped(term))),
        places=[[(term.start, term.end) for term in terms] for terms in passages],
    )


def _may_be_mistyped(term: Term) -> bool:
    """A word of a script with spaces, also one that is written as two; numbers beside words are none."""
    return term.kind is Kind.WORD or (term.kind is Kind.JOINED and term.text.isalpha() and len(term.text) > _PAIR)


_PAIR = 2
"""Letters of what stands on both sides of an ending in Japanese."""


def spaced(terms: Sequence[str] | dict[str, None]) -> str:
    """The terms with a space between them, and before the first and after the last."""
    return f" {' '.join(terms)} "


def on_one_line(text: str) -> str:
    """The text with single spaces where there were line breaks and other white space."""
    return " ".join(text.split())


def cut(texts: Sequence[str], most: int) -> Iterator[str]:
    """The texts that are not empty, up to `most` characters of all together."""
    for text in texts:
        if most <= 0:
            return
        if text:
            yield text[:most]
        most -= len(text)
