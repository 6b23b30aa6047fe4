"""Mean, median and 90th percentile of whole numbers, exact to the last digit. Pure.

Sums are of whole numbers and each result is one division, so that the same numbers give the same figure in whatever
order they came. Percentiles are linearly interpolated between the two nearest numbers, as most tools do it (type 7 of
Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996; numpy's "linear").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.analytics.table.columns import Ints

MILLIS = 1000
_WHOLE = 100
_ROOM = 62
"""Bits of a key that is sorted as one number."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a number of values are, together. None where there are none."""

    n: int
    total: int
    mean: float | None = None
    median: float | None = None
    p90: float | None = None


EMPTY = Summary(0, 0)


def summarise(values: Ints, unit: int = 1) -> Summary:
    """The summary of these values, each divided by `unit`: 1000 makes seconds of milliseconds."""
    return _summary(np.sort(values), int(values.sum()), unit) if len(values) else EMPTY


def summarise_groups(values: Ints, groups: Ints, count: int, unit: int = 1) -> list[Summary]:
    """The summary of each group, by its number from 0; `groups` has one for each value."""
    if not len(values):
        return [EMPTY] * count
    ordered, sizes = _in_groups(values, groups, count)
    return [_summary(one, int(one.sum()), unit) if len(one) else EMPTY for one in _parts(ordered, sizes)]


def percentile(ordered: Ints, percent: int, unit: int = 1) -> float:
    """The percentile, 0 to 100, of values in ascending order; at least one is needed."""
    place, between = divmod((len(ordered) - 1) * percent, _WHOLE)
    low = int(ordered[place])
    high = int(ordered[min(place + 1, len(ordered) - 1)])
    return (low * (_WHOLE - between) + high * between) / (_WHOLE * unit)


def _summary(ordered: Ints, total: int, unit: int) -> Summary:
    count = len(ordered)
    mean = total / (count * unit)
    return Summary(count, total, mean, percentile(ordered, 50, unit), percentile(ordered, 90, unit))


def _in_groups(values: Ints, groups: Ints, count: int) -> tuple[Ints, Ints]:
    """The values by group, in ascending order in each, and how many each has."""
    sizes: Ints = np.bincount(groups, minlength=count)
    low = int(values.min())
    width = int(values.max()) - low + 1
    if (count * width).bit_length() < _ROOM:
        # one sort of whole numbers takes a third of what one of pairs takes
        keys = groups.astype(np.int64) * width + (values - low)
        keys.sort()
        return keys % width + low, sizes
    return values[np.lexsort((values, groups))], sizes


def _parts(ordered: Ints, sizes: Ints) -> Iterator[Ints]:
    start = 0
    for size in sizes.tolist():
        yield ordered[start : start + size]
        start += size
