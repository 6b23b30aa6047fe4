"""Samples as a forecast takes them: in order, each instant once, without what can't have been measured. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[Any]
"""Arrays of float64; numpy's own types lose sight of that in sums."""

LONGEST_SECONDS = 7 * 86_400.0
"""What is older than this, seen from the newest sample, is not looked at: also a clock's that fell back to 1970."""
LARGEST = 1e60
"""Values and limits beyond this are none: what is computed of their squares would not be numbers."""
AHEAD_SECONDS = 60.0
"""A sender's clock may be ahead by so much; what is later has not happened."""
SMOOTHED = 5
"""Samples whose running median stands for the middle one where falls are looked for: it keeps edges, not spikes."""
LAG = 2
"""A fall may take so many samples."""
UNUSUAL = 6.0
"""A fall is a reset when it is so many times as steep as what usually happens (a season's steepest flank is one and a
half times as steep as its median one)."""
SHARE = 0.2
"""And so much of the whole range of the values."""
LONGEST_FALL = 20
"""It takes at most about so many samples."""
ENDED = 0.9
"""What comes after it begins where so much of it is done."""
PERSISTS = 8
LASTS = 0.75
"""The medians of so many samples before and after it differ by so much of what a fall must be."""
CLEARLY = 5.0
"""And by so many standard errors of such a difference."""
STEPS = 1.5
"""And by so many of the smallest steps that the values take."""


@dataclass(frozen=True, slots=True)
class Series:
    """n samples, oldest first. `at` (n,) in seconds since 1970, rising; `values` (n,), finite."""

    at: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.at)

    @property
    def span(self) -> float:
        """Seconds from the first sample to the last; 0 where there are fewer than two."""
        return float(self.at[-1] - self.at[0]) if len(self.at) > 1 else 0.0

    @property
    def step(self) -> float:
        """The usual seconds between two samples; 0 where there are fewer than two."""
        return float(np.median(np.diff(self.at))) if len(self.at) > 1 else 0.0

    def part(self, start: int, end: int | None = None) -> Series:
        """The samples from the place `start` on, before the place `end`."""
        return Series(self.at[start:end], self.values[start:end])


def clean(at: ArrayLike, values: ArrayLike, now: float) -> Series:
    """The samples in order, as far as they can be believed.

    Left out are values that are no numbers or beyond `LARGEST`, instants after `now` (but for `AHEAD_SECONDS`), and
    those that are more than `LONGEST_SECONDS` older than the newest one. Of several at one instant the last that was
    given counts.
    `at` and `values` are (n,), in seconds since 1970 and in the series' own unit. Raises `ValueError` when they are not
    of one length.
    """
    times = np.asarray(at, dtype=np.float64)
    found = np.asarray(values, dtype=np.float64)
    if times.shape != found.shape or times.ndim != 1:
        raise ValueError("at and values must be lists of one length")
    good = np.isfinite(times) & (np.abs(found) <= LARGEST) & (times <= now + AHEAD_SECONDS)
    times, found = times[good], found[good]
    if not len(times):
        return Series(times, found)
    if np.any(np.diff(times) <= 0):
        order = np.argsort(times, kind="stable")
        times, found = times[order], found[order]
        is_last = np.append(np.diff(times) > 0, True)
        times, found = times[is_last], found[is_last]
    first = int(np.searchsorted(times, times[-1] - LONGEST_SECONDS))
    return Series(times[first:], found[first:])


def smooth(values: Floats) -> Floats:
    """The running median of `SMOOTHED` values; at both ends of the values that there are. (n,) to (n,)."""
    if len(values) < SMOOTHED:
        return np.full(len(values), np.median(values)) if len(values) else values
    half = SMOOTHED // 2
    padded = np.concatenate([values[half:0:-1], values, values[-2 : -half - 2 : -1]])
    windows = np.lib.stride_tricks.sliding_window_view(padded, SMOOTHED)
    found: Floats = np.median(windows, axis=1)
    return found


def find_resets(values: Floats) -> list[int]:
    """The places at which a rising series starts anew: the first sample after each sudden fall that lasts.

    `values` is (n,), in order, rising towards its limit. A fall counts when it is unusual among the changes of this
    series, a good part of its range, and not taken back.
    """
    if len(values) < 2 * SMOOTHED:
        return []
    level = smooth(values)
    change = level[LAG:] - level[:-LAG]
    unusual = UNUSUAL * float(np.median(np.abs(change)))
    least = max(unusual, SHARE * float(np.ptp(level)))
    lasting = max(LASTS * least, _least_told(values))
    falls = np.flatnonzero(change < -max(unusual, least / LONGEST_FALL))
    found: list[int] = []
    for group in np.split(falls, np.flatnonzero(np.diff(falls) > LAG) + 1):
        if not len(group):
            continue
        before, after = int(group[0]), int(group[-1]) + LAG
        fall = level[before] - level[after]
        if fall < least:
            continue
        low = values[before : after + 1] <= level[before] - ENDED * fall
        place = before + int(np.argmax(low)) if low.any() else after
        stood = np.median(values[max(0, before + 1 - PERSISTS) : before + 1])
        if stood - np.median(values[place : place + PERSISTS]) >= lasting:
            found.append(place)
    return found


def _least_told(values: Floats) -> float:
    """By how much medians of `PERSISTS` values differ when that is neither noise nor the step of a whole number."""
    changes = np.abs(np.diff(values))
    moved = changes[changes > 0]
    if not len(moved):
        return 0.0
    noise = 1.05 * float(np.median(changes))
    error = 1.25 * noise * sqrt(2 / PERSISTS)
    return max(CLEARLY * error, STEPS * float(np.quantile(moved, 0.1)))


def medians(series: Series, width: float, *, first: float | None = None) -> tuple[Floats, Floats]:
    """The medians of times and values in bins of `width` seconds from the first sample (or `first`) on.

    Returns two arrays (m,), m at most span / width + 1.
    """
    begin = series.at[0] if first is None else first
    bins = np.floor((series.at - begin) / width).astype(np.int64)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    ends = np.append(starts[1:], len(bins))
    sizes = ends - starts
    at, values = np.empty(len(starts)), np.empty(len(starts))
    # bins of one size are taken together: a median by a column is faster than one by one
    for size in np.unique(sizes):
        chosen = np.flatnonzero(sizes == size)
        places = starts[chosen][:, None] + np.arange(size)[None, :]
        at[chosen] = np.median(series.at[places], axis=1)
        values[chosen] = np.median(series.values[places], axis=1)
    return at, values
