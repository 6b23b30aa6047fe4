"""An entry as the index keeps it. Pure.

In three parts, for what is found is read eighty times a question and shown twenty times: `order` is what puts it in its
place among others, `shown` what people see of it, `places` where in that its terms stand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import accumulate, islice, pairwise
from typing import Any

from services.analytics.search.entry import Analysed, Entry, EntryKind
from services.analytics.words.letters import script_of


@dataclass(frozen=True)
class Passage:
    """A text of an entry on one line; each of its terms, and where in the text stands what that was made of."""

    text: str
    terms: Sequence[str]
    places: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Kept:
    """An entry as the index gives it back; what few ask for is read when somebody does."""

    key: str
    script: str
    """Of its title."""
    terms: Analysed
    """Without places: those are in the passages."""
    shown: bytes
    places: bytes

    @cached_property
    def entry(self) -> Entry:
        """The entry itself."""
        kept = json.loads(self.shown)
        at = kept.pop("at")
        kind = EntryKind(kept.pop("kind"))
        return Entry(**kept, kind=kind, at=datetime.fromisoformat(at) if at is not None else None)

    @property
    def passages(self) -> list[Passage]:
        """What an excerpt may show of it."""
        texts, terms, numbers = self.entry.passages, iter(self.terms.all.split()), iter(map(ord, self.places.decode()))
        found = []
        for text in texts:
            own = list(islice(terms, next(numbers)))
            starts = list(accumulate(islice(numbers, len(own))))
            places = [(start, start + length) for start, length in zip(starts, islice(numbers, len(own)), strict=True)]
            found.append(Passage(text, own, places))
        return found


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that a query found, with tantivy's own score."""

    kept: Kept
    score: float


def write_order(entry: Entry, terms: Analysed) -> bytes:
    """What `read_kept` takes as `order`."""
    parts = (script_of(entry.title), terms.title, terms.solution, terms.all, terms.words, entry.key)
    return "\n".join(parts).encode("utf-8", "replace")


def write_shown(entry: Entry) -> bytes:
    """What `read_kept` takes as `shown`."""
    kept: dict[str, Any] = {
        "id": entry.id,
        "kind": entry.kind,
        "title": entry.title,
        "solution": entry.solution,
        "texts": entry.passages[2:],
        "names": list(entry.names),
        "service_id": entry.service_id,
        "team": entry.team,
        "at": entry.at.isoformat() if entry.at is not None else None,
        "alert_keys": list(entry.alert_keys),
        "is_over": entry.is_over,
    }
    return json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace")


def write_places(terms: Analysed) -> bytes:
    """What `read_kept` takes as `places`: of each passage how many terms it has, how far each begins behind the one
    before, and how long each is. Numbers are written as letters, since small ones take one byte so.
    """
    numbers: list[int] = []
    for places in terms.places:
        starts = [start for start, _ in places]
        behind = [start - before for before, start in pairwise([0, *starts])]
        numbers += [len(places), *behind, *(end - start for start, end in places)]
    return "".join(map(chr, numbers)).encode()


def read_kept(order: bytes, shown: bytes, places: bytes) -> Kept:
    """An entry out of its three parts."""
    script, title, solution, every, words, key = order.decode().split("\n", 5)
    return Kept(key, script, Analysed(title, solution, every, words), shown, places)
