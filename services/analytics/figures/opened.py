"""A figure opened: the incidents that it is made of, each with its own number, the newest first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from services.analytics.figures.figure import Figure, FigureKind, Measured
from services.analytics.figures.grouping import group_rows
from services.analytics.figures.report import ReportQuestion, ask
from services.analytics.table.columns import Ints
from services.analytics.table.selection import newest_first
from services.analytics.table.summaries import MILLIS
from services.analytics.table.table import Table
from shared.clocks.epoch import from_millis


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a figure is opened: all of it, a group, a person's pages, or what is pending."""

    group: str | None = None
    person: str | None = None
    is_pending: bool = False


@dataclass(frozen=True, slots=True)
class OpenedIncident:
    """An incident that a figure is made of. `value` is in the figure's unit; `of` is what that is of, where not one."""

    id: str
    created_at: datetime
    value: float | None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """Some of the incidents, and how many there are in all."""

    n: int
    items: Sequence[OpenedIncident]


def open_figure(
    table: Table, question: ReportQuestion, clusters: Ints, figure: Figure, part: Part, *, start: int, limit: int
) -> Opened:
    """The incidents of a part of a figure, from the place `start` on. A group that is not there has none."""
    asked = ask(table, question, question.period, clusters, part.person)
    measured = figure.measure(asked)
    rows = measured.pending if part.is_pending else measured.rows
    if part.group is not None and question.group_by is not None:
        grouped = group_rows(table, asked.rows, question.group_by, question.period)
        numbers = [number for number, key in enumerate(grouped.keys) if key.name == part.group]
        inside = grouped.groups.of(numbers[0]) if numbers else asked.rows[:0]
        rows = rows[np.isin(rows, inside)]
    chosen = newest_first(table, rows)[start : start + limit]
    return Opened(len(rows), _items(table, figure, measured, chosen))


def _items(table: Table, figure: Figure, measured: Measured, rows: Ints) -> list[OpenedIncident]:
    places = {row: place for place, row in enumerate(measured.rows.tolist())} if len(rows) else {}
    found = []
    for row in rows.tolist():
        place = places.get(row)
        value = int(measured.values[place]) if place is not None else None
        weight = int(measured.weights[place]) if place is not None and measured.weights is not None else None
        shown = value / MILLIS if value is not None and figure.kind is FigureKind.DURATION else value
        created = from_millis(table.incidents.get("created", row))
        found.append(OpenedIncident(table.id_of(row), created, shown, weight))
    return found
