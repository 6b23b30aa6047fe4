"""Which incidents a list shows, and how it walks to them.

The database is asked only for short windows of ranks, one facet at most; everything else is decided here. Windows
begin small and grow fourfold, so a page of a rare kind takes a few questions and one of a common kind reads little
more than it shows. How many incidents a day has, the day's counter tells, and the numbers that imports took on it are
written down; so without a facet their ids are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from services.incident.access import in_scope
from services.incident.catalogue.search_words import words_of
from services.incident.incidents.incident import Incident
from services.incident.numbering.incident_ids import PER_DAY, day_of, incident_id
from services.incident.sla.priorities import is_unusual
from shared.clocks.epoch import EPOCH
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
    imported: bool | None = None
    """Only imported ones, or only others."""
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
            and self.imported in (None, incident.imported)
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
    def only_closed(self) -> bool:
        """It shows closed ones only."""
        return self.statuses == {IncidentStatus.CLOSED}

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
class Day:
    """What a day (`YYYYMMDD`) may have: `taken` numbers from 1, and about so many `imported` ones anywhere."""

    day: str
    taken: int = 0
    imported: int = 0
    numbers: frozenset[str] | None = None
    """The imported ones, as they are written; None: they were not read."""

    @property
    def low(self) -> int:
        """The lowest rank that it may have."""
        return int(self.day) * PER_DAY

    def loose(self) -> dict[int, str]:
        """The ids of the imported incidents that were read, by rank."""
        return {self.low + int(number): f"INC-{self.day}-{number}" for number in self.numbers or ()}


@dataclass(frozen=True, slots=True)
class Window:
    """Some ranks; `spans` are the parts of it that were taken, each [low, high) within one day."""

    spans: tuple[tuple[int, int], ...]
    loose: Mapping[int, str] = field(default_factory=dict)
    """Ids of imported incidents, by rank, in it and around it."""

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
        return [self.loose.get(rank) or incident_id(f"{rank // PER_DAY:08d}", rank % PER_DAY) for rank in ranks]


def stretches(listing: Listing, beyond: int | None, now: datetime) -> list[tuple[str, str]]:
    """The days (first, last; `YYYYMMDD`) that are counted one after the other until a page is full.

    The newest first, a month, a year, and all that was before, counted from where the page begins: most lists end in
    the first. A list that names its time, or begins with the oldest, is counted at once.
    """
    first, last = listing.first_day, listing.last_day
    if listing.oldest_first:
        return [(max(first, _day_of_rank(beyond)) if beyond is not None else first, last)]
    if beyond is not None:
        last = min(last, _day_of_rank(beyond))
    if listing.begin is not None or listing.end is not None:
        return [(first, last)] if first <= last else []
    newest = _noon_of(min(last, day_of(now)), now)
    found = []
    for back in (31, 400):
        begin = newest - timedelta(days=back)
        found.append((day_of(begin), last))
        last = min(last, day_of(begin - timedelta(days=1)))
    return [*((begin, end) for begin, end in found if begin <= end), (first, last)]


def _day_of_rank(rank: int) -> str:
    return f"{rank // PER_DAY:08d}"


def _noon_of(day: str, now: datetime) -> datetime:
    """Noon of this day (`YYYYMMDD`); `now` for what is no day, or one so early that nothing was before."""
    try:
        found = datetime(int(day[:4]), int(day[4:6]), int(day[6:]), 12, tzinfo=UTC)
    except ValueError:
        return now
    return found if found > EPOCH else now


HEAVY = 200
"""So many imported incidents of one day are walked through one by one, fewer as one piece, where only ranks are asked
for.
"""


def days_to_read(days: Iterable[Day], *, by_id: bool) -> list[str]:
    """The days whose imported numbers have to be known: where incidents are asked for by id, all that have any."""
    least = 0 if by_id else HEAVY
    return [one.day for one in days if one.imported > least]


def windows(days: Sequence[Day], beyond: int | None, size: int, *, oldest_first: bool) -> Iterator[Window]:
    """The windows to walk through, in the order of the list, each growing fourfold from `size` numbers.

    `days` come in any order; `beyond` is the rank of the last incident that was shown (None: begin at the beginning).
    Together the windows hold every rank behind it that may be, each once.
    """
    left = size
    spans: list[tuple[int, int]] = []
    loose: dict[int, str] = {}
    for day in sorted(days, key=lambda one: one.day, reverse=not oldest_first):
        loose |= day.loose()
        for first, last, weight in _behind(day, beyond, oldest_first=oldest_first):
            low, high = first, last
            while low < high:
                take = high - low if weight else min(left, high - low)
                spans.append((low, low + take) if oldest_first else (high - take, high))
                low, high = (low + take, high) if oldest_first else (low, high - take)
                left -= weight or take
                if left <= 0:
                    yield Window(tuple(spans), loose)
                    spans = []
                    size *= 4
                    left = size
    if spans:
        yield Window(tuple(spans), loose)


def _behind(day: Day, beyond: int | None, *, oldest_first: bool) -> Iterator[tuple[int, int, int]]:
    """What the day may have behind the rank `beyond`, in the order of the list, as [low, high) and its weight.

    A weight of 0 is a span that may be cut, each rank of which is one number.
    """
    counted = (day.low + 1, day.low + 1 + day.taken, 0)
    above: list[tuple[int, int, int]] = []
    if day.numbers is not None:
        ranks = sorted(day.low + int(number) for number in day.numbers)
        above = [(rank, rank + 1, 1) for rank in ranks if rank >= counted[1]]
    elif day.imported:
        above = [(counted[1], day.low + PER_DAY, day.imported)]
    spans = [counted, *above]
    for low, high, weight in spans if oldest_first else reversed(spans):
        if beyond is None:
            yield low, high, weight
        elif oldest_first:
            yield max(low, beyond + 1), high, weight
        else:
            yield low, min(high, beyond), weight
