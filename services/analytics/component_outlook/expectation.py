"""How many incidents are expected in a week, from the weeks before, and how good that was in the past. Pure.

A week's count is foretold from complete weeks by their mean with weights that halve every few weeks; how fast is chosen
anew for each week by what would have been best until then, so past forecasts are graded as they would have been made:
two weeks ahead, as next week is seen from within this one. The naive forecast is the mean of the same week days over
all weeks. The interval is of a negative binomial distribution as wide as past errors were.

Source: Brown, "Statistical Forecasting for Inventory Control" (1959), for the weights; Dawid, "The prequential
approach" (1984), for grading each forecast by what was known then.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma, log

import numpy as np
from numpy.typing import NDArray

from services.analytics.forecast.series import Floats

WEEK = 7
AHEAD = 2
"""Of a forecast made within a week, next week is the second after the last complete one."""
HALF_LIVES = (2.0, 4.0, 8.0, 16.0)
"""Weeks."""
LEAST_SEEN = 4
"""Weeks that a forecast is made from, at least."""
LEAST_GRADED = 6
MOST_GRADED = 12
LEAST_INCIDENTS = 10
BETTER = 0.98
"""A forecast is shown when its mean error is at most so much of the naive one's."""
LOWER, UPPER = 0.05, 0.95


class Verdict(StrEnum):
    """Whether a component's expectation is shown."""

    SHOWN = "shown"
    TOO_LITTLE = "too_little"
    """Too few weeks, or incidents, to say anything."""
    NO_BETTER = "no_better"
    """The mean of the same week days would have been as good."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of next week. Errors are mean absolute errors of weekly counts over `graded` past weeks."""

    verdict: Verdict
    expected: float = 0.0
    lo: int = 0
    hi: int = 0
    days: tuple[float, ...] = ()
    """Of Monday to Sunday."""
    graded: int = 0
    error: float = 0.0
    naive_error: float = 0.0
    within: float = 0.0
    """The share of past weeks that lay in their interval."""


def expect(counts: NDArray[np.int64]) -> Expectation:
    """What is expected of the second week after these: `counts` (weeks, 7), the oldest week first, Mondays first."""
    totals: Floats = counts.sum(axis=1).astype(np.float64)
    weeks = len(totals)
    if weeks < LEAST_SEEN + AHEAD + LEAST_GRADED or totals.sum() < LEAST_INCIDENTS:
        return Expectation(Verdict.TOO_LITTLE)
    past = np.array([[_mean(totals[: week - AHEAD + 1], half) for half in HALF_LIVES] for week in _graded(weeks)])
    actual = totals[_graded(weeks)]
    chosen = [_best(past[:place], actual[:place]) for place in range(len(actual))]
    ours = past[np.arange(len(actual)), chosen]
    naive = np.array([totals[: week - AHEAD + 1].mean() for week in _graded(weeks)])
    recent = slice(-min(MOST_GRADED, len(actual)), None)
    error, naive_error = _error(ours, actual, recent), _error(naive, actual, recent)
    if error > BETTER * naive_error or naive_error == 0:
        return Expectation(Verdict.NO_BETTER, graded=len(actual[recent]), error=error, naive_error=naive_error)
    half = HALF_LIVES[_best(past, actual)]
    expected = _mean(totals, half)
    variance = float(np.mean((ours[recent] - actual[recent]) ** 2))
    bounds = [interval(float(one), variance) for one in ours[recent]]
    held = [lo <= one <= hi for (lo, hi), one in zip(bounds, actual[recent], strict=True)]
    lo, hi = interval(expected, variance)
    return Expectation(
        verdict=Verdict.SHOWN,
        expected=expected,
        lo=lo,
        hi=hi,
        days=tuple(float(one) for one in expected * _profile(counts)),
        graded=len(held),
        error=error,
        naive_error=naive_error,
        within=sum(held) / len(held),
    )


def interval(mean: float, variance: float) -> tuple[int, int]:
    """The counts between which nine of ten lie, of this mean and variance (at least that of independent events)."""
    mean = max(mean, 1e-6)
    variance = max(variance, mean * (1 + 1e-9))
    size = mean * mean / (variance - mean) if variance > mean * 1.000001 else 1e6
    share = size / (size + mean)
    total, count = 0.0, 0
    lo = -1
    while count < 100_000:
        total += exp(
            lgamma(count + size) - lgamma(size) - lgamma(count + 1) + size * log(share) + count * log(1 - share)
        )
        if lo < 0 and total >= LOWER:
            lo = count
        if total >= UPPER:
            return max(lo, 0), count
        count += 1
    return max(lo, 0), count


def _graded(weeks: int) -> NDArray[np.int64]:
    """The weeks that a forecast was made of."""
    return np.arange(LEAST_SEEN + AHEAD - 1, weeks)


def _mean(totals: Floats, half: float) -> float:
    ages = np.arange(len(totals))[::-1]
    weights = 0.5 ** (ages / half)
    return float(weights @ totals / weights.sum())


def _best(past: Floats, actual: Floats) -> int:
    """The half-life that would have been best for what is known; without anything known the second slowest."""
    known = len(actual) - AHEAD + 1
    if known <= 0:
        return len(HALF_LIVES) - 2
    return int(np.argmin(np.abs(past[:known] - actual[:known, None]).mean(axis=0)))


def _error(said: Floats, actual: Floats, recent: slice) -> float:
    return float(np.mean(np.abs(said[recent] - actual[recent])))


def _profile(counts: NDArray[np.int64]) -> Floats:
    """The share of each week day; with a seventh of an incident a day more than there were, so that none is nothing."""
    by_day = counts.sum(axis=0) + 1 / WEEK
    profile: Floats = by_day / by_day.sum()
    return profile
