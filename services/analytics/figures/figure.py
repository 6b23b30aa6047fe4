"""What a figure is: for each of a period's incidents a whole number, or none, and how those become one. Pure.

Because every figure is made of numbers of incidents, every figure can be opened: its `n` is how many incidents have
one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np

from services.analytics.table.columns import Ints
from services.analytics.table.summaries import MILLIS, Summary, summarise, summarise_groups
from services.analytics.table.table import Table

NOBODY = np.array([], dtype=np.int64)


class FigureKind(StrEnum):
    """How the numbers of incidents become one figure."""

    DURATION = "duration"
    """Milliseconds, as mean, median and 90th percentile, in seconds."""
    AVERAGE = "average"
    """Their mean, median and 90th percentile."""
    TOTAL = "total"
    """Their sum."""
    SHARE = "share"
    """Their sum by the sum of what they are of, from 0 to 1."""


UNITS = {
    FigureKind.DURATION: "seconds",
    FigureKind.AVERAGE: "per incident",
    FigureKind.TOTAL: "count",
    FigureKind.SHARE: "share",
}


@dataclass(frozen=True, slots=True)
class FigureInput:
    """What figures are made of: rows of the table that count, in a period, as of `now` (milliseconds since 1970)."""

    table: Table
    rows: Ints
    now: int
    zone: ZoneInfo
    clusters: Ints
    """For each row of the table, the number of its cluster; -1 for none."""
    seen: Ints
    """The rows that count and are asked for, whenever they were created."""
    visible: Ints
    """The rows that count and that the caller may see at all."""
    person: int | None = None
    """The code of the person whose pages alone are counted."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The incidents that have a number, by row, each once; and those that will have one, but do not yet."""

    rows: Ints
    values: Ints
    weights: Ints | None = None
    """What each value is of, where that is not one."""
    pending: Ints = field(default_factory=lambda: NOBODY)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure. Titles and formula are what people read; `measure` is what is done."""

    name: str
    kind: FigureKind
    titles: tuple[str, str, str]
    """In English, Japanese and Persian."""
    formula: str
    measure: Callable[[FigureInput], Measured]

    @property
    def unit(self) -> str:
        """What the numbers of its answer are."""
        return UNITS[self.kind]


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of some incidents. `value` is what a chart draws of it: for durations and averages the mean."""

    n: int
    pending: int
    value: float | None
    mean: float | None = None
    median: float | None = None
    p90: float | None = None


NONE = Value(0, 0, None)


def value_of(kind: FigureKind, measured: Measured) -> Value:
    """The figure of all that was measured."""
    total, weight = int(measured.values.sum()), len(measured.rows)
    if measured.weights is not None:
        weight = int(measured.weights.sum())
    if kind in _SUMS:
        return _sum(kind, (len(measured.rows), len(measured.pending)), total, weight)
    return _spread(summarise(measured.values, _unit(kind)), len(measured.pending))


def values_of_groups(kind: FigureKind, measured: Measured, groups: Groups) -> list[Value]:
    """The figure of each group by itself."""
    places, numbers = groups.places_of(measured.rows)
    values = measured.values[places]
    pending = np.bincount(groups.places_of(measured.pending)[1], minlength=groups.count).tolist()
    if kind not in _SUMS:
        summaries = summarise_groups(values, numbers, groups.count, _unit(kind))
        return [_spread(summary, waits) for summary, waits in zip(summaries, pending, strict=True)]
    counts = np.bincount(numbers, minlength=groups.count)
    totals = _sums(values, numbers, groups.count)
    weights = counts if measured.weights is None else _sums(measured.weights[places], numbers, groups.count)
    return [
        _sum(kind, (n, waits), total, weight)
        for n, waits, total, weight in zip(counts.tolist(), pending, totals.tolist(), weights.tolist(), strict=True)
    ]


class Groups:
    """Which groups each row of the table is in: one or none, or where `pairs` are given, several."""

    def __init__(self, count: int, size: int, rows: Ints, numbers: Ints, *, several: bool = False) -> None:
        """`rows` and `numbers` are pairs of a row and a group that it is in; the table has `size` rows."""
        self.count = count
        self.rows = rows
        self.numbers = numbers
        self._size = size
        self._number_of: Ints | None = None
        if not several:
            self._number_of = np.full(size, -1, dtype=np.int64)
            self._number_of[rows] = numbers

    def places_of(self, rows: Ints) -> tuple[Ints, Ints]:
        """For each pair of one of these rows and a group of it: where among `rows` it is, and the group's number."""
        if self._number_of is not None:
            numbers = self._number_of[rows]
            places = np.flatnonzero(numbers >= 0)
            return places, numbers[places]
        place_of = np.full(self._size, -1, dtype=np.int64)
        place_of[rows] = np.arange(len(rows))
        found = place_of[self.rows]
        return found[found >= 0], self.numbers[found >= 0]

    def of(self, number: int) -> Ints:
        """The rows of a group."""
        found: Ints = self.rows[self.numbers == number]
        return found

    def sizes(self) -> Ints:
        """How many rows each group has."""
        return np.bincount(self.numbers, minlength=self.count)


_SUMS = (FigureKind.TOTAL, FigureKind.SHARE)


def _sums(values: Ints, numbers: Ints, count: int) -> Ints:
    # sums of counts stay far below 2**53, to which floats are exact
    return np.bincount(numbers, weights=values, minlength=count).astype(np.int64)


def _unit(kind: FigureKind) -> int:
    return MILLIS if kind is FigureKind.DURATION else 1


def _sum(kind: FigureKind, counts: tuple[int, int], total: int, weight: int) -> Value:
    if kind is FigureKind.TOTAL:
        return Value(*counts, total)
    return Value(*counts, total / weight if weight else None)


def _spread(summary: Summary, pending: int) -> Value:
    return Value(summary.n, pending, summary.mean, summary.mean, summary.median, summary.p90)
