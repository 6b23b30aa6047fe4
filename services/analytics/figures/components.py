"""What each component cost: its incidents, failures, downtime and mean time between failures. Pure.

The components of an incident are those that it names as affected, and its service. A name that is a service's id or
name is that service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.analytics.figures.figure import Groups
from services.analytics.table.columns import Bools, Ints
from services.analytics.table.downtime import are_failures, overlapping, spans, union_length
from services.analytics.table.summaries import MILLIS
from services.analytics.table.table import Table


@dataclass(frozen=True, slots=True)
class ComponentImpact:
    """One component in a period. Times are seconds; `share` is its incidents of all of the period, 0 to 1."""

    component: str
    service_id: str | None
    incidents: int
    share: float
    failures: int
    downtime_seconds: float
    downtime_share: float
    """Its downtime of the period."""
    mtbf_seconds: float | None
    """None without a failure."""


def component_groups(table: Table, rows: Ints) -> tuple[Sequence[str], Groups]:
    """The components of these rows in alphabetical order, and which rows each has."""
    meant = table.component_sets.meant(table.services)
    sets = table.incidents["components"][rows]
    counts = meant.sizes[sets]
    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen = meant.flat[np.repeat(meant.begins[sets], counts) + within]
    there = np.flatnonzero(np.bincount(chosen, minlength=len(meant.names))).tolist()
    ordered = sorted(there, key=meant.names.__getitem__)
    place_of = np.zeros(len(meant.names) + 1, dtype=np.int64)
    place_of[ordered] = np.arange(len(ordered))
    names = [meant.names[number] for number in ordered]
    groups = Groups(len(names), len(table.incidents), np.repeat(rows, counts), place_of[chosen], several=True)
    return names, groups


def component_impacts(table: Table, rows: Ints, seen: Ints, begin: int, end: int) -> list[ComponentImpact]:
    """Every component of a period [begin, end), milliseconds since 1970; the one that was down longest first.

    `rows` are the period's incidents; `seen` are all that count, of which also those are looked at that were open in
    the period and created before.
    """
    open_then = overlapping(table, seen, begin, end)
    down = open_then[are_failures(table, open_then)]
    is_in_period, is_down = _marks(table, rows), _marks(table, down)
    names, groups = component_groups(table, np.flatnonzero(is_in_period | is_down))
    in_period = np.bincount(groups.numbers[is_in_period[groups.rows]], minlength=groups.count)
    has_failed = _marks(table, rows[are_failures(table, rows)])
    failures = np.bincount(groups.numbers[has_failed[groups.rows]], minlength=groups.count)
    downtimes = _downtimes(table, groups, is_down, (begin, end))
    found = [
        _impact(table, name, (int(count), int(failure), downtime), len(rows), end - begin)
        for name, count, failure, downtime in zip(names, in_period, failures, downtimes, strict=True)
    ]
    return sorted(found, key=lambda one: (-one.downtime_seconds, -one.incidents, one.component))


def _marks(table: Table, rows: Ints) -> Bools:
    found = np.zeros(len(table.incidents), dtype=np.bool_)
    found[rows] = True
    return found


def _downtimes(table: Table, groups: Groups, is_down: Bools, period: tuple[int, int]) -> list[int]:
    there = is_down[groups.rows]
    rows, numbers = groups.rows[there], groups.numbers[there]
    order = np.argsort(numbers, kind="stable")
    rows, numbers = rows[order], numbers[order]
    starts, ends = spans(table, rows, *period)
    edges = np.searchsorted(numbers, np.arange(groups.count + 1))
    return [
        union_length(starts[first:last], ends[first:last])
        for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]


def _impact(table: Table, name: str, counted: tuple[int, int, int], total: int, length: int) -> ComponentImpact:
    incidents, failures, downtime = counted
    return ComponentImpact(
        component=name,
        service_id=name if name in table.services else None,
        incidents=incidents,
        share=incidents / total if total else 0.0,
        failures=failures,
        downtime_seconds=downtime / MILLIS,
        downtime_share=downtime / length if length else 0.0,
        mtbf_seconds=(length - downtime) / (failures * MILLIS) if failures else None,
    )
