"""A dashboard: all figures of a period and of the one before, together and by groups. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.analytics.figures.catalogue import FIGURES
from services.analytics.figures.components import ComponentImpact, component_impacts
from services.analytics.figures.figure import NONE, Figure, FigureInput, Value, value_of, values_of_groups
from services.analytics.figures.grouping import FigureGroupBy, Grouped, Key, group_rows
from services.analytics.periods.period import Period
from services.analytics.table.columns import Ints
from services.analytics.table.selection import Wanted, matching
from services.analytics.table.table import PageFlag, Table
from shared.clocks.epoch import to_millis

MOST_GROUPS = 1_000
"""The groups with most incidents, where there are more."""


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    """What a report is asked for."""

    period: Period
    wanted: Wanted
    now: int
    """Milliseconds since 1970: what is still open or running is judged as of then."""
    group_by: FigureGroupBy | None = None


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """A figure of one group, and of the group of the same name (of times: the same place) in the period before."""

    key: Key
    value: Value
    previous: Value


@dataclass(frozen=True, slots=True)
class FigureReport:
    """A figure in a period and in the one before."""

    figure: Figure
    value: Value
    previous: Value
    groups: Sequence[GroupFigure] = ()


@dataclass(frozen=True, slots=True)
class Interruptions:
    """How often a person was paged for incidents of the period."""

    person: str
    pages: int
    at_night: int
    at_weekends: int
    incidents: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All of it."""

    question: ReportQuestion
    before: Period
    figures: Sequence[FigureReport]
    components: Sequence[ComponentImpact]
    people: Sequence[Interruptions]
    left_out: int
    """Groups beyond the most that are told."""


def make_dashboard(
    table: Table, question: ReportQuestion, clusters: Ints, figures: Sequence[Figure] = FIGURES
) -> Dashboard:
    """Every figure of the question. Raises `periods.buckets.TooManyBuckets`."""
    before = question.period.before()
    now_asked = ask(table, question, question.period, clusters)
    then_asked = ask(table, question, before, clusters)
    groups = _groups(question, now_asked, then_asked, before)
    chosen, left_out = groups.choose() if groups is not None else ((), 0)
    reports = []
    for figure in figures:
        now, then = figure.measure(now_asked), figure.measure(then_asked)
        told: list[GroupFigure] = []
        if groups is not None:
            values = values_of_groups(figure.kind, now, groups.now.groups)
            earlier = values_of_groups(figure.kind, then, groups.then.groups)
            told = [GroupFigure(groups.now.keys[one], values[one], groups.previous(earlier, one)) for one in chosen]
        reports.append(FigureReport(figure, value_of(figure.kind, now), value_of(figure.kind, then), told))
    begin, end = to_millis(question.period.start), min(to_millis(question.period.end), question.now)
    components = component_impacts(table, now_asked.rows, now_asked.seen, begin, max(begin, end))
    return Dashboard(question, before, reports, components, _interruptions(table, now_asked.rows), left_out)


def ask(
    table: Table, question: ReportQuestion, period: Period, clusters: Ints, person: str | None = None
) -> FigureInput:
    """What the figures of a period are made of."""
    mask = matching(table, question.wanted)
    created = table.incidents["created"]
    rows = np.flatnonzero(mask & (created >= to_millis(period.start)) & (created < to_millis(period.end)))
    visible = matching(table, Wanted(teams=question.wanted.teams))
    if len(clusters) < len(created):
        clusters = np.concatenate([clusters, np.full(len(created) - len(clusters), -1, dtype=np.int64)])
    code = None
    if person is not None:
        known = table.texts.find([person])
        code = int(known[0]) if len(known) else -1
    return FigureInput(
        table, rows, question.now, period.zone, clusters, np.flatnonzero(mask), np.flatnonzero(visible), code
    )


@dataclass(frozen=True, slots=True)
class _Groups:
    """The groups of a period, and of the one before with their places by name."""

    now: Grouped
    then: Grouped
    places: Mapping[str, int]
    is_time: bool

    def choose(self) -> tuple[Sequence[int], int]:
        """The numbers of the groups that are told, and how many are not."""
        if self.is_time:
            return range(len(self.now.keys)), 0
        sizes = self.now.groups.sizes().tolist()
        there = [number for number, size in enumerate(sizes) if size]
        largest = sorted(there, key=lambda number: (-sizes[number], self.now.keys[number].name))[:MOST_GROUPS]
        return sorted(largest), len(there) - len(largest)

    def previous(self, values: Sequence[Value], number: int) -> Value:
        place = number if self.is_time else self.places.get(self.now.keys[number].name)
        return values[place] if place is not None and place < len(values) else NONE


def _groups(question: ReportQuestion, now: FigureInput, then: FigureInput, before: Period) -> _Groups | None:
    by = question.group_by
    if by is None:
        return None
    earlier = group_rows(now.table, then.rows, by, before)
    places = {key.name: number for number, key in enumerate(earlier.keys)}
    return _Groups(group_rows(now.table, now.rows, by, question.period), earlier, places, by.is_time)


def _interruptions(table: Table, rows: Ints) -> list[Interruptions]:
    pages, wanted = table.pages, np.zeros(len(table.incidents), dtype=np.bool_)
    wanted[rows] = True
    chosen = wanted[pages["incident"]]
    people = pages["person"][chosen].astype(np.int64)
    flags = pages["flags"][chosen]
    pairs = np.unique(people * max(len(wanted), 1) + pages["incident"][chosen]) // max(len(wanted), 1)
    counted = [people, people[(flags & PageFlag.NIGHT) != 0], people[(flags & PageFlag.WEEKEND) != 0], pairs]
    every, night, weekend, incidents = (np.bincount(one, minlength=len(table.texts)) for one in counted)
    found = [
        Interruptions(
            table.texts.text(code), int(every[code]), int(night[code]), int(weekend[code]), int(incidents[code])
        )
        for code in np.flatnonzero(every).tolist()
    ]
    return sorted(found, key=lambda one: (-one.pages, one.person))
