"""How much each person was on call and interrupted in a period, and how evenly that is shared. Pure.

A load is counted in hours: one for each hour on call, one more for each of them that is in a night (22:00 to 07:00), on
a weekend or on a holiday, by the person's own clock; one for each page, and one more if it came at night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from services.analytics.fair_load.local_windows import LocalWindows, local_windows
from services.analytics.periods.period import Period
from services.analytics.table.columns import NEVER, Bools, Ints
from services.analytics.table.downtime import unite
from services.analytics.table.table import Flag, PageFlag, Table
from shared.clocks.epoch import to_millis

HOUR_MILLIS = 3_600_000
LOAD_FORMULA = (
    "Hours on call + hours of them in nights + on weekends + on holidays + pages + pages at night, in hours: each page "
    "counts as one."
)
BALANCE_FORMULA = (
    "1 - sum of |load - mean load| / (2 x mean load x (people - 1)): 1 where all carry the same, 0 where one carries "
    "all; none for fewer than two people."
)


@dataclass(frozen=True, slots=True)
class LoadQuestion:
    """What is asked for."""

    period: Period
    now: int
    """Milliseconds since 1970; what is later has not been."""
    team: str | None = None
    teams: tuple[str, ...] = ()
    """Those that the caller's key is limited to, if any."""
    holidays: frozenset[date] = frozenset()

    def wants(self, team: str | None) -> bool:
        """True for what this team has."""
        return (not self.teams or team in self.teams) and self.team in (None, team)


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody carried; times are milliseconds."""

    on_call: int = 0
    nights: int = 0
    weekends: int = 0
    holidays: int = 0
    pages: int = 0
    pages_at_night: int = 0
    pages_at_weekends: int = 0
    nights_interrupted: int = 0
    """Nights in which there was a page, each once."""

    @property
    def points(self) -> int:
        """The load, in milliseconds."""
        hours = self.on_call + self.nights + self.weekends + self.holidays
        return hours + (self.pages + self.pages_at_night) * HOUR_MILLIS


NO_LOAD = Load()


@dataclass(frozen=True, slots=True)
class PersonLoad:
    """One person in the period and in the one before."""

    person: str
    load: Load
    previous: Load


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Everybody who was on call or paged in the period, who carried most first."""

    question: LoadQuestion
    before: Period
    people: Sequence[PersonLoad]
    balance: float | None
    previous_balance: float | None


def make_load_report(table: Table, question: LoadQuestion) -> LoadReport:
    """The loads of a period."""
    before = question.period.before()
    now, then = loads_of(table, question, question.period), loads_of(table, question, before)
    people = [PersonLoad(person, load, then.get(person, NO_LOAD)) for person, load in now.items()]
    ordered = sorted(people, key=lambda one: (-one.load.points, one.person))
    return LoadReport(question, before, ordered, balance_of(now.values()), balance_of(then.values()))


def balance_of(loads: Collection[Load]) -> float | None:
    """How evenly these are shared, from 0 to 1; None for fewer than two people, or nothing to share."""
    count, total = len(loads), sum(one.points for one in loads)
    if count < 2 or total == 0:
        return None
    apart = sum(abs(count * one.points - total) for one in loads)
    return (2 * total * (count - 1) - apart) / (2 * total * (count - 1))


def loads_of(table: Table, question: LoadQuestion, period: Period) -> Mapping[str, Load]:
    """What each person carried in the period."""
    begin, end = to_millis(period.start), min(to_millis(period.end), question.now)
    times = _times_on_call(table, question, begin, end)
    pages = _pages(table, question, begin, end)
    return {
        person: Load(*times.get(person, (0, 0, 0, 0)), *pages.get(person, (0, 0, 0, 0)))
        for person in sorted(times.keys() | pages.keys())
    }


def _times_on_call(table: Table, question: LoadQuestion, begin: int, end: int) -> Mapping[str, tuple[int, ...]]:
    turns: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for duty in table.duty_days.values():
        if question.wants(duty.team):
            for one in duty.turns:
                if one.start < end and one.end > begin:
                    turns[one.person, one.time_zone].append((max(one.start, begin), min(one.end, end)))
    if not turns:
        return {}
    first = min(start for own in turns.values() for start, _ in own)
    last = max(until for own in turns.values() for _, until in own)
    zones = {zone: local_windows(zone, first, last, question.holidays) for _, zone in turns}
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (person, zone), own in sorted(turns.items()):
        for place, millis in enumerate(_time_of(own, zones[zone])):
            found[person][place] += millis
    return {person: tuple(times) for person, times in found.items()}


def _time_of(turns: list[tuple[int, int]], windows: LocalWindows) -> tuple[int, int, int, int]:
    starts, ends = unite(*(np.array([turn[side] for turn in turns], dtype=np.int64) for side in (0, 1)))
    parts = (windows.nights, windows.weekends, windows.holidays)
    night, weekend, holiday = (part.overlap(starts, ends) for part in parts)
    return int((ends - starts).sum()), night, weekend, holiday


def _pages(table: Table, question: LoadQuestion, begin: int, end: int) -> Mapping[str, tuple[int, ...]]:
    at, incidents = table.pages["at"], table.pages["incident"]
    chosen = np.flatnonzero((at >= begin) & (at < end) & _is_of_teams(table, question)[incidents])
    people, flags = table.pages["person"][chosen].astype(np.int64), table.pages["flags"][chosen]
    nights = table.pages["night"][chosen].astype(np.int64)
    is_night, is_weekend = (flags & PageFlag.NIGHT) != 0, (flags & PageFlag.WEEKEND) != 0
    distinct = np.unique(np.stack([people[is_night], nights[is_night]]), axis=1)[0]
    columns = [_counts(table, one) for one in (people, people[is_night], people[is_weekend], distinct)]
    return {
        table.texts.text(code): tuple(int(column[code]) for column in columns)
        for code in np.flatnonzero(columns[0]).tolist()
    }


def _is_of_teams(table: Table, question: LoadQuestion) -> Bools:
    """For each incident, whether its pages count: of what was merged too, since they woke somebody; of drills never."""
    rows = table.incidents
    known: Bools = (rows["created"] != NEVER) & ((rows["flags"] & Flag.DRILL) == 0)
    for teams in ((question.team or "",), question.teams):
        if any(teams):
            known &= np.isin(rows["team"], table.texts.find(teams))
    return known


def _counts(table: Table, codes: Ints) -> Ints:
    return np.bincount(codes, minlength=len(table.texts))
