"""By what figures are told apart: times, properties of incidents, or who and what they were about. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from services.analytics.figures.components import component_groups
from services.analytics.figures.figure import Groups
from services.analytics.periods.buckets import Span, buckets_of
from services.analytics.periods.period import Period
from services.analytics.table.columns import Ints
from services.analytics.table.downtime import sources_of
from services.analytics.table.table import CATEGORIES, PRIORITIES, SEVERITIES, Flag, Table
from services.analytics.table.text_codes import NO_TEXT
from shared.clocks.epoch import to_millis

IMPORT, BY_HAND = "import", "manual"
"""Sources of incidents that no alert opened."""


class FigureGroupBy(StrEnum):
    """By what figures can be told apart."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    SERVICE = "service"
    TEAM = "team"
    SEVERITY = "severity"
    PRIORITY = "priority"
    CATEGORY = "category"
    PERSON = "person"
    SOURCE = "source"
    COMPONENT = "component"

    @property
    def is_time(self) -> bool:
        """True where the groups are stretches of time."""
        return self.value in _SPANS


_SPANS = frozenset(span.value for span in Span)


@dataclass(frozen=True, slots=True)
class Key:
    """A group: its name in answers (empty: they have none), and of a stretch of time when it is."""

    name: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grouped:
    """The groups of some rows, and their keys by number."""

    keys: Sequence[Key]
    groups: Groups


def group_rows(table: Table, rows: Ints, by: FigureGroupBy, period: Period) -> Grouped:
    """Put rows of the period into groups. Raises `periods.buckets.TooManyBuckets`."""
    if by.is_time:
        buckets = buckets_of(period, Span(by.value))
        starts = np.array([to_millis(one.start) for one in buckets], dtype=np.int64)
        numbers = np.searchsorted(starts, table.incidents["created"][rows], side="right") - 1
        return Grouped(
            [Key(one.name, one.start, one.end) for one in buckets], _groups(table, len(buckets), rows, numbers)
        )
    if by in _CLOSED:
        column, words = _CLOSED[by]
        numbers = table.incidents[column][rows].astype(np.int64)
        return Grouped([Key(word) for word in words], _groups(table, len(words), rows, numbers))
    if by is FigureGroupBy.COMPONENT:
        names, groups = component_groups(table, rows)
        return Grouped([Key(name) for name in names], groups)
    return _by_text(table, rows, by)


def _by_text(table: Table, rows: Ints, by: FigureGroupBy) -> Grouped:
    # two more than there are codes, for what no alert opened
    imported, by_hand = len(table.texts), len(table.texts) + 1
    if by is FigureGroupBy.SOURCE:
        codes = sources_of(table, rows)
        is_imported = (table.incidents["flags"][rows] & Flag.IMPORTED) != 0
        codes = np.where(codes == NO_TEXT, np.where(is_imported, imported, by_hand), codes)
    else:
        codes = table.incidents[by.value][rows].astype(np.int64)
    others = {imported: IMPORT, by_hand: BY_HAND}
    known = np.flatnonzero(np.bincount(codes, minlength=len(table.texts) + 2)).tolist()
    names = sorted((others.get(code) or table.texts.text(code), code) for code in known)
    number_of = np.zeros(len(table.texts) + 2, dtype=np.int64)
    for number, (_, code) in enumerate(names):
        number_of[code] = number
    return Grouped([Key(name) for name, _ in names], _groups(table, len(names), rows, number_of[codes]))


def _groups(table: Table, count: int, rows: Ints, numbers: Ints) -> Groups:
    return Groups(count, len(table.incidents), rows, numbers)


_CLOSED: Mapping[FigureGroupBy, tuple[str, Sequence[str]]] = {
    FigureGroupBy.SEVERITY: ("severity", [one.value for one in SEVERITIES]),
    FigureGroupBy.PRIORITY: ("priority", [one.value for one in PRIORITIES]),
    FigureGroupBy.CATEGORY: ("category", [one.value for one in CATEGORIES]),
}
