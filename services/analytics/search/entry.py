"""What is found: one thing that somebody may want to read, as search knows it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.analytics.words.terms import terms_of

MAX_TITLE = 500
MAX_SOLUTION = 2_000
MAX_TEXT = 8_000
"""Characters of all other texts of an entry together that are looked at."""


class EntryKind(StrEnum):
    """What can be found; patterns and runbooks as soon as there are some."""

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

    @property
    def key(self) -> str:
        """What it is known by among entries of all kinds."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Analysed:
    """An entry's terms."""

    title: frozenset[str] = field(default_factory=frozenset)
    solution: frozenset[str] = field(default_factory=frozenset)
    all: tuple[str, ...] = ()
    """Every term of it as often as it stands there, for ranking counts them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as the index gives it back, with its terms."""

    entry: Entry
    terms: Analysed


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that a query found, with tantivy's own score."""

    kept: Kept
    score: float


def analyse(entry: Entry) -> Analysed:
    """The terms that an entry is found by."""
    title = [term.text for term in terms_of(entry.title)]
    solution = [term.text for term in terms_of(entry.solution)]
    rest = [term.text for text in cut([*entry.names, *entry.texts], MAX_TEXT) for term in terms_of(text)]
    return Analysed(frozenset(title), frozenset(solution), tuple(title + solution + rest))


def cut(texts: Sequence[str], most: int) -> Iterator[str]:
    """The texts that are not empty, up to `most` characters of all together."""
    for text in texts:
        if most <= 0:
            return
        if text:
            yield text[:most]
        most -= len(text)
