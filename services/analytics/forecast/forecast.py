"""When a series reaches its limit: from samples to an expected moment with an interval, or the reason for none. Pure.

Only what came after the last reset counts, spikes are left out, gaps are no zeros, and what repeats every day is taken
off before a line is drawn and put on again where it meets the limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import erf, sqrt

import numpy as np
from numpy.typing import ArrayLike

from services.analytics.forecast.season import SLOT, Season, find_season
from services.analytics.forecast.series import LARGEST, Floats, Series, clean, find_resets
from services.analytics.forecast.trend import LEAST_BLOCKS, Z_SHOWN, Line, fit
from shared.vocabulary import LimitKind

SILENT_SECONDS = 600.0
SILENT_STEPS = 10
"""A series that said nothing for so long, and for so many of its own steps, is not foretold."""
RECENT = 5
"""The median of so many samples says where a series stands."""
FARTHEST = 20.0
"""A forecast looks ahead at most so many times as far as it looked back."""
WIDEST = 5.0
"""The interval may end at most so many times as far ahead as what is expected."""
LATE = 1.5
"""Confidence is that the limit is reached by the time that is so many times as far ahead as what is expected."""
MOST_SLOTS = 8064
"""Slots of a season that are looked at: four weeks."""


class Outcome(StrEnum):
    """What a forecast says."""

    EXPECTED = "expected"
    TOO_FEW = "too_few"
    """Too few samples, or too few since the last reset."""
    SILENT = "silent"
    PASSED = "passed"
    """It is at its limit, or beyond, already."""
    NO_TREND = "no_trend"
    """It stands still, or moves away from its limit."""
    UNCERTAIN = "uncertain"
    """It may move towards its limit, or may not."""
    FAR = "far"
    """Its limit is further away than can be said."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """When the limit is expected, in seconds since 1970; `lo` to `hi` is to hold in nine cases of ten."""

    expected_at: float
    lo: float
    hi: float
    confidence: float
    """From 0 to 1: how likely it is reached no later than half as late again as expected."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is said of a series, and what was seen of it. `crossing` is there when the outcome is `EXPECTED`."""

    outcome: Outcome
    crossing: Crossing | None = None
    last_at: float | None = None
    level: float | None = None
    """Where it stands, in its own unit; None where there are no samples."""
    resets: int = 0
    last_reset_at: float | None = None
    seasonal: bool = False


def forecast(at: ArrayLike, values: ArrayLike, limit: float, kind: LimitKind, now: float) -> Forecast:
    """What is expected of a series, seen at `now` (seconds since 1970).

    `at` (n,) are seconds since 1970, `values` (n,) in the unit of `limit`, in any order; see `series.clean` for what is
    left out. Raises `ValueError` when they are not of one length, or the limit is beyond `LARGEST`.
    """
    if not abs(limit) <= LARGEST:
        raise ValueError(f"a limit is a number from {-LARGEST} to {LARGEST}")
    series = clean(at, values, now)
    if not len(series):
        return Forecast(Outcome.TOO_FEW)
    sign = 1.0 if kind is LimitKind.UPPER else -1.0
    found = _look(Series(series.at, sign * series.values), sign * limit, now)
    level = float(np.median(series.values[-RECENT:]))
    return replace(found, last_at=float(series.at[-1]), level=level)


def _look(series: Series, limit: float, now: float) -> Forecast:
    """The forecast of a series that rises to its limit; the order of branches is the order of policy."""
    resets = find_resets(series.values)
    began = float(series.at[resets[-1]]) if resets else None
    said = Forecast(Outcome.TOO_FEW, resets=len(resets), last_reset_at=began)
    current = series.part(resets[-1]) if resets else series
    if len(current) >= RECENT and np.median(current.values[-RECENT:]) >= limit:
        return replace(said, outcome=Outcome.PASSED)
    if now - series.at[-1] > max(SILENT_SECONDS, SILENT_STEPS * series.step):
        return replace(said, outcome=Outcome.SILENT)
    if len(current) < LEAST_BLOCKS:
        return said
    season = find_season(series, resets)
    if season is not None:
        current = Series(current.at, current.values - season.at(current.at))
        said = replace(said, seasonal=True)
    trend = fit(current)
    if trend is None:
        return said
    if trend.slope <= 0:
        return replace(said, outcome=Outcome.NO_TREND)
    if trend.slope_lo <= 0:
        return replace(said, outcome=Outcome.UNCERTAIN)
    crossing = _with_season(trend, season, limit, now) if season is not None else _straight(trend, limit, now)
    if crossing is None or crossing.expected_at - now > FARTHEST * (trend.until - trend.since):
        return replace(said, outcome=Outcome.FAR)
    if crossing.hi - now > WIDEST * max(crossing.expected_at - now, trend.until - trend.since):
        return replace(said, outcome=Outcome.UNCERTAIN)
    return replace(said, outcome=Outcome.EXPECTED, crossing=crossing)


def _straight(trend: Line, limit: float, now: float) -> Crossing | None:
    """Where a line meets the limit, and where the bounds of the line do."""
    missing = limit - trend.level
    expected = max(trend.pivot + missing / trend.slope, now)
    variance = Z_SHOWN**2 * _level_variance(trend)
    steep = trend.slope**2 - (Z_SHOWN * trend.slope_error) ** 2
    lean = -2 * trend.slope * missing
    rest = missing**2 - variance
    if steep <= 0:
        return None
    root = sqrt(max(lean**2 - 4 * steep * rest, 0.0))
    lo, hi = (-lean - root) / (2 * steep), (-lean + root) / (2 * steep)
    return Crossing(
        expected,
        min(expected, max(trend.pivot + lo, now)),
        max(expected, trend.pivot + hi),
        _confidence(trend, limit, expected, now),
    )


def _with_season(trend: Line, season: Season, limit: float, now: float) -> Crossing | None:
    """The same, where the day's hour adds to the line: the first slot in which both together reach the limit."""
    count = int(min(MOST_SLOTS, FARTHEST * (trend.until - trend.since) / SLOT)) + 1
    moments = now + SLOT * np.arange(count)
    adds = season.at(moments)
    away = moments - trend.pivot
    middle = trend.level + trend.slope * away + adds
    bound = Z_SHOWN * np.sqrt(_level_variance(trend) + (trend.slope_error * away) ** 2)
    expected = first_reached(moments, middle, limit)
    lo = first_reached(moments, middle + bound, limit)
    hi = first_reached(moments, middle - bound, limit)
    if expected is None or lo is None:
        return None
    reached = float(season.at(np.array([expected]))[0])
    confidence = _confidence(trend, limit - reached, expected, now)
    return Crossing(expected, min(lo, expected), max(expected, hi if hi is not None else float("inf")), confidence)


def first_reached(moments: Floats, values: Floats, limit: float) -> float | None:
    """The first moment at which these values, joined by lines, reach the limit from below; None: at none of them.

    `moments` (n,) in seconds, rising; `values` (n,) in the unit of `limit`.
    """
    places = np.flatnonzero(values >= limit)
    if not len(places):
        return None
    place = int(places[0])
    if place == 0:
        return float(moments[0])
    share = (limit - values[place - 1]) / (values[place] - values[place - 1])
    return float(moments[place - 1] + share * (moments[place] - moments[place - 1]))


def _level_variance(trend: Line) -> float:
    """Of where the samples, smoothed, stand against the line."""
    return trend.level_error**2 + (1.25 * trend.noise) ** 2 / RECENT


def _confidence(trend: Line, limit: float, expected: float, now: float) -> float:
    by = now + LATE * max(expected - now, 60.0)
    missing = limit - trend.at(by)
    error = sqrt(_level_variance(trend) + (trend.slope_error * (by - trend.pivot)) ** 2)
    if error <= 0:
        return 1.0 if missing <= 0 else 0.0
    return round(0.5 * (1 + erf(-missing / error / sqrt(2))), 4)
