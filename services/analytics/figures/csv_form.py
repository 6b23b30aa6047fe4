"""A dashboard as CSV: a row for each figure and each of its groups. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.analytics.csv_table import Cell, write_csv
from services.analytics.figures.figure import Value
from services.analytics.figures.report import Dashboard

_NUMBERS = ("n", "pending", "value", "mean", "median", "p90")
HEAD = ("figure", "unit", "group", "start", "end", *_NUMBERS, *(f"previous_{name}" for name in _NUMBERS))


def dashboard_csv(dashboard: Dashboard) -> str:
    """The table; behind the figures come downtime and mean time between failures by component, and pages by person."""
    return write_csv(HEAD, _rows(dashboard))


def _rows(dashboard: Dashboard) -> Iterator[Sequence[Cell]]:
    for one in dashboard.figures:
        name, unit = one.figure.name, one.figure.unit
        yield [name, unit, "", None, None, *_cells(one.value), *_cells(one.previous)]
        for group in one.groups:
            key = group.key
            yield [name, unit, key.name, key.start, key.end, *_cells(group.value), *_cells(group.previous)]
    for part in dashboard.components:
        yield _row("component_incidents", "count", part.component, part.incidents, part.incidents)
        yield _row("component_downtime", "seconds", part.component, part.failures, part.downtime_seconds)
        yield _row("component_mtbf", "seconds", part.component, part.failures, part.mtbf_seconds)
    for person in dashboard.people:
        yield _row("interruptions", "count", person.person, person.incidents, person.pages)


def _cells(value: Value) -> list[Cell]:
    return [value.n, value.pending, value.value, value.mean, value.median, value.p90]


def _row(name: str, unit: str, group: str, n: int, value: float | None) -> list[Cell]:
    return [name, unit, group, None, None, n, 0, value, *[None] * (len(HEAD) - 8)]
