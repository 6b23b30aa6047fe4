"""Which incidents a list shows, and how it walks to them.

The database is asked only for short windows of ranks, one facet at most; everything else is decided here. Windows
begin small and grow fourfold, so a page of a rare kind takes a few questions and one of a common kind reads little
more than it shows. How many incidents a day has, the day's counter tells; so without a facet their ids are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from services.incident.access import in_scope
from services.incident.catalogue.search_words import words_of
from services.incident.incidents.incident import Incident
from services.incident.numbering.incident_ids import PER_DAY, day_of, incident_id
from services.incident.sla.priorities import is_unusual
from shared.problem import Fault, Problem
from shared.vocabulary import Category, IncidentStatus, Priority, Severity

Word = TypeVar("Word", IncidentStatus, Severity, Priority, Category)

_OPEN = frozenset(status for status in IncidentStatus if status.is_open)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list asks for. Empty sets do not restrict; `begin` and `end` are [begin, end) over `created_at`."""

    statuses: frozenset[IncidentStatus] = frozenset()
    severities: frozenset[Severity] = frozenset()
    priorities: frozenset[Priority] = frozenset()
    categories: frozenset[Category] = frozenset()
    services: frozenset[str] = frozenset()
    drill: bool = False
    unusual: bool = False
    """Only those whose priority is outside their category's usual range."""
    words: tuple[str, ...] = ()
    begin: datetime | None = None
    end: datetime | None = None
    teams: tuple[str, ...] = ()
    oldest_first: bool = False

    def shows(self, incident: Incident) -> bool:
        """True when the list shows this incident."""
        return (
            (incident.drill_id is not None) == self.drill
            and (not self.statuses or incident.status in self.statuses)
            and (not self.severities or incident.severity in self.severities)
            and (not self.priorities or incident.priority in self.priorities)
            and (not self.categories or incident.category in self.categories)
            and (not self.unusual or is_unusual(incident.priority, incident.category))
            and (not self.services or incident.service_id in self.services)
            and (self.begin is None or incident.created_at >= self.begin)
            and (self.end is None or incident.created_at < self.end)
            and in_scope(self.teams, incident.team)
            and (not self.words or set(self.words) <= set(words_of(incident.title)))
        )

    @property
    def only_open(self) -> bool:
        """It shows open ones only."""
        return bool(self.statuses) and self.statuses <= _OPEN

    @property
    def facet(self) -> str | None:
        """The rarest of the facets that every incident of the list has; None: there is none."""
        if self.words:
            return f"word:{max(self.words, key=len)}"
        if len(self.services) == 1:
            return f"service:{next(iter(self.services))}"
        if self.drill:
            return "drill:yes"
        if self.unusual:
            return "unusual:yes"
        single: tuple[tuple[str, frozenset[Category] | frozenset[Severity] | frozenset[Priority]], ...] = (
            ("category", self.categories),
            ("severity", self.severities),
            ("priority", self.priorities),
        )
        for name, values in single:
            if len(values) == 1:
                return f"{name}:{next(iter(values))}"
        return None

    @property
    def first_day(self) -> str:
        """The earliest day (`YYYYMMDD`) that the list may show something of."""
        return day_of(self.begin) if self.begin is not None else "00000000"

    @property
    def last_day(self) -> str:
        """The latest day (`YYYYMMDD`) that the list may show something of."""
        return day_of(self.end) if self.end is not None else "99999999"


def parse_words(pointer: str, text: str | None, kind: type[Word]) -> frozenset[Word]:
    """The words of a comma-separated filter. Raises a 422 `Problem` naming the parameter for a word it has not."""
    if not text:
        return frozenset()
    found: set[Word] = set()
    for part in (part.strip() for part in text.split(",")):
        try:
            found.add(kind(part))
        except ValueError as error:
            known = ", ".join(word.value for word in kind)
            detail = f"{part[:50]!r} is none of {known}"
            raise Problem(422, "invalid", f"{pointer}: {detail}", errors=[Fault(pointer, detail)]) from error
    return frozenset(found)


def parse_statuses(text: str | None) -> frozenset[IncidentStatus]:
    """As `parse_words`; `open` stands for the five open ones, `in_progress` for investigating."""
    spoken = [part.strip() for part in (text or "").split(",")]
    words = ["investigating" if part == "in_progress" else part for part in spoken if part != "open"]
    found = parse_words("/status", ",".join(words), IncidentStatus)
    return found | _OPEN if "open" in spoken else found


@dataclass(frozen=True, slots=True)
class Window:
    """Some ranks; `spans` are the parts of it that were taken, each [low, high) within one day."""

    spans: tuple[tuple[int, int], ...]

    @property
    def low(self) -> int:
        """The lowest rank in it."""
        return min(low for low, _ in self.spans)

    @property
    def high(self) -> int:
        """The rank above the highest in it."""
        return max(high for _, high in self.spans)

    def ids(self) -> list[str]:
        """The ids of the incidents that may be in it: some numbers are gaps."""
        ranks = (rank for low, high in self.spans for rank in range(low, high))
        return [incident_id(f"{rank // PER_DAY:08d}", rank % PER_DAY) for rank in ranks]


def stretches(listing: Listing, beyond: int | None, now: datetime) -> list[tuple[str, str]]:
    """The days (first, last; `YYYYMMDD`) that are counted one after the other until a page is full.

    The newest first, a month, a year, and all that was before: most lists end in the first. A list that names its
    time, or begins with the oldest, is counted at once.
    """
    first, last = listing.first_day, listing.last_day
    if listing.oldest_first or listing.begin is not None or listing.end is not None:
        return [(first, last)]
    if beyond is not None:
        last = min(last, f"{beyond // PER_DAY:08d}")
    found = []
    for back in (31, 400):
        begin = now - timedelta(days=back)
        found.append((day_of(begin), last))
        last = min(last, day_of(begin - timedelta(days=1)))
    return [*((begin, end) for begin, end in found if begin <= end), (first, last)]


def windows(days: Sequence[tuple[str, int]], beyond: int | None, size: int, *, oldest_first: bool) -> Iterator[Window]:
    """The windows to walk through, in the order of the list, each growing fourfold from `size` numbers.

    `days` are (`YYYYMMDD`, how many numbers were taken) in any order; `beyond` is the rank of the last incident that
    was shown (None: begin at the beginning). Together the windows hold every rank behind it, each once.
    """
    left = size
    spans: list[tuple[int, int]] = []
    for first, last in _behind(days, beyond, oldest_first=oldest_first):
        low, high = first, last
        while low < high:
            take = min(left, high - low)
            spans.append((low, low + take) if oldest_first else (high - take, high))
            low, high = (low + take, high) if oldest_first else (low, high - take)
            left -= take
            if left == 0:
                yield Window(tuple(spans))
                spans = []
                size *= 4
                left = size
    if spans:
        yield Window(tuple(spans))


def _behind(days: Sequence[tuple[str, int]], beyond: int | None, *, oldest_first: bool) -> Iterator[tuple[int, int]]:
    """What each day has taken behind the rank `beyond`, as [low, high), in the order of the list."""
    for day, taken in sorted(days, reverse=not oldest_first):
        low = int(day) * PER_DAY + 1
        high = low + taken
        if beyond is None:
            yield low, high
        elif oldest_first:
            yield max(low, beyond + 1), high
        else:
            yield low, min(high, beyond)
