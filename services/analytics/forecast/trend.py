"""The straight part of a series: where it stands, how fast it rises, and how sure that is. Pure.

Sources: Sen, "Estimates of the regression coefficient based on Kendall's tau" (1968), for the slope and its interval,
on medians of blocks, since neighbouring samples resemble each other and would promise too much; Hamed and
Rao, "A modified Mann-Kendall trend test for autocorrelated data" (1998), for the widening where blocks do, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from services.analytics.forecast.series import Floats, Series, medians

MOST_BLOCKS = 48
LEAST_BLOCKS = 5
Z_SHOWN = 1.645
"""The interval that is shown is to hold in nine cases of ten."""
F_BENT = 20.0
"""A line must be so much better when it may bend that chance does it once in a thousand times."""
BENDS = 14
"""Places at which it may bend."""
LEAST_BENT_BLOCKS = 16
LEAST_AFTER_BEND = 6
TINY = 1e-18
"""What rounding does to squares."""
OUTLIER = 4.5
"""Samples that are so many standard deviations off the line are spikes."""
MOST_OUTLIERS = 0.25
NORMAL = 1.4826
"""Of a normal distribution the standard deviation is so many times the median absolute deviation."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line through (`pivot`, `level`) that rises by `slope` a second, and what is known of its errors."""

    pivot: float
    """Seconds since 1970, in the middle of the samples that it was drawn through."""
    level: float
    slope: float
    slope_lo: float
    slope_hi: float
    level_error: float
    """Standard error of `level`."""
    noise: float
    """Standard deviation of samples around the line."""
    since: float
    """The first sample that was used."""
    until: float

    @property
    def slope_error(self) -> float:
        """Standard error of `slope`, as the interval tells it."""
        return max((self.slope_hi - self.slope_lo) / (2 * Z_SHOWN), 0.0)

    def at(self, moment: float) -> float:
        """The line's value at this moment."""
        return self.level + self.slope * (moment - self.pivot)


def fit(series: Series) -> Line | None:
    """The line through the newest part of these samples that is straight; None for fewer than `LEAST_BLOCKS` blocks."""
    while True:
        found, at, values = _fit_whole(series)
        bend = _find_bend(at, values) if found is not None else None
        if bend is None:
            return found
        series = series.part(int(np.searchsorted(series.at, bend)))


def _find_bend(at: Floats, values: Floats) -> float | None:
    """The moment since which the blocks follow another line than before; None where one line is as good.

    A line that bends once is compared with a straight one by the squares that it saves (an F test); where the blocks
    resemble their neighbours even then, they wander, and more must be saved.
    """
    count = len(at)
    if count < LEAST_BENT_BLOCKS:
        return None
    away = (at - at[0]) / (at[-1] - at[0])
    places = np.unique(np.linspace(0.15, 1 - LEAST_AFTER_BEND / count, BENDS) * count).astype(np.int64)
    bends = np.maximum(away[None, :] - away[places][:, None], 0.0)
    straight = np.column_stack([np.ones(count), away])
    base, *_ = np.linalg.lstsq(straight, np.column_stack([values, bends.T]), rcond=None)
    rest = values - straight @ base[:, 0]
    turned = bends - (straight @ base[:, 1:]).T
    weights = (turned @ rest) / np.maximum((turned * turned).sum(axis=1), 1e-300)
    saved = weights**2 * (turned * turned).sum(axis=1)
    best = int(np.argmax(saved))
    left = rest - weights[best] * turned[best]
    square = float(left @ left)
    if saved[best] <= square * F_BENT * _widening(left) ** 2 / (count - 3):
        return None
    if saved[best] <= TINY * float(values @ values):
        return None
    return float(at[places[best]])


def _fit_whole(series: Series) -> tuple[Line | None, Floats, Floats]:
    if len(series) < LEAST_BLOCKS or series.span <= 0:
        return None, series.at, series.values
    width = max(series.span / MOST_BLOCKS, series.step) * (1 + 1e-9)
    at, values = medians(series, width)
    if len(at) < LEAST_BLOCKS:
        return None, at, values
    slope, lo, hi = _slopes(at, values, Z_SHOWN)
    pivot = float(at.mean())
    level = float(np.median(values - slope * (at - pivot)))
    rest = series.values - level - slope * (series.at - pivot)
    noise = float(NORMAL * np.median(np.abs(rest - np.median(rest))))
    noise = max(noise, 1e-12 * max(1.0, float(np.abs(series.values).max())))
    kept = np.abs(rest) <= OUTLIER * noise
    if kept.mean() >= 1 - MOST_OUTLIERS and kept.sum() >= LEAST_BLOCKS:
        slope, level, pivot = _refine(series.at[kept], series.values[kept], (slope, level, pivot), (lo, hi))
    rest = values - level - slope * (at - pivot)
    scatter = float(NORMAL * np.median(np.abs(rest - np.median(rest))))
    level_error = 1.25 * scatter / np.sqrt(len(at)) * _widening(rest)
    trend = Line(pivot, level, slope, lo, hi, level_error, noise, float(series.at[0]), float(series.at[-1]))
    return trend, at, values


def _refine(
    at: Floats, values: Floats, robust: tuple[float, float, float], within: tuple[float, float]
) -> tuple[float, float, float]:
    """The line of least squares through samples without spikes: where nothing disturbs them nothing is more exact.

    It stays the robust one where the two disagree by more than the interval of the latter.
    """
    middle = float(at.mean())
    away = at - middle
    square = float(away @ away)
    if square <= 0:
        return robust
    steeper = float(away @ values) / square
    lo, hi = within
    if not lo <= steeper <= hi:
        return robust
    return steeper, float(values.mean()), middle


@cache
def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    one, other = np.triu_indices(count, 1)
    return one, other


def _slopes(at: Floats, values: Floats, z: float) -> tuple[float, float, float]:
    """The median of the slopes of all pairs, with its interval of `z` standard errors."""
    count = len(at)
    one, other = _pairs(count)
    slopes = np.sort((values[other] - values[one]) / (at[other] - at[one]))
    many = len(slopes)
    slope = float(np.median(slopes))
    rest = values - slope * at
    spread = z * np.sqrt(count * (count - 1) * (2 * count + 5) / 18) * _widening(rest)
    low = int(max(0, np.floor((many - spread) / 2)))
    high = int(min(many - 1, np.ceil((many + spread) / 2)))
    return slope, float(slopes[low]), float(slopes[high])


def _widening(rest: Floats) -> float:
    """By how much errors are wider where each block resembles the one before: 1 where it does not, at most 3."""
    rest = rest - np.median(rest)
    count = len(rest)
    if count < LEAST_BENT_BLOCKS:
        return 1.0
    bound = 3 * NORMAL * float(np.median(np.abs(rest)))
    rest = np.clip(rest, -bound, bound)
    square = float(rest @ rest)
    if square <= 0:
        return 1.0
    alike = float(rest[1:] @ rest[:-1]) / square + 1 / count
    if alike <= 1.5 / np.sqrt(count):
        return 1.0
    alike = min(alike, 0.8)
    return float(np.sqrt((1 + alike) / (1 - alike)))
