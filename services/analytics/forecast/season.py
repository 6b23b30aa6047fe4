"""What repeats every day: estimated from three days of five-minute medians or more, and only used where it explains
the series better than a straight line does. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.analytics.forecast.series import Floats, Series, medians

DAY = 86_400.0
SLOT = 300.0
"""Seconds of a slot: a day has 288."""
SLOTS = int(DAY / SLOT)
LEAST_DAYS = 3
LEAST_SHARE = 0.7
"""As much of three days' slots must have samples; of a series that is sampled more seldom, of its own steps."""
SELDOM = 900.0
"""One that is sampled more seldom than that shows no day."""
HARMONICS = 6
OUTLIER = 4.5
NORMAL = 1.4826
EXPLAINS = 0.7
"""A season is believed when the variance left with it is at most so much of that without it."""
LONGEST_UNSEEN = 24
"""Slots of the day in a row that may never have been seen: two hours."""
NEIGHBOURS = 4
"""Slots to either side over which a season is smoothed: with a few days each slot has only a few samples."""


@dataclass(frozen=True, slots=True)
class Season:
    """What each slot of the day adds, (`SLOTS`,), in UTC."""

    slots: Floats

    def at(self, moments: Floats) -> Floats:
        """What the season adds at these moments, in seconds since 1970; between two slots in proportion."""
        place = (moments % DAY) / SLOT - 0.5
        before = np.floor(place).astype(np.int64)
        share = place - before
        found: Floats = self.slots[before % SLOTS] * (1 - share) + self.slots[(before + 1) % SLOTS] * share
        return found


def find_season(series: Series, resets: list[int]) -> Season | None:
    """The daily season of these samples; None where there is too little of them, or none that shows.

    `resets` are the places at which the series began anew: its level and rise may be others in each part.
    """
    if series.span < LEAST_DAYS * DAY * 0.98:
        return None
    parts = [series.part(start, end) for start, end in zip([0, *resets], [*resets, None], strict=True)]
    blocks = [medians(part, SLOT) for part in parts if len(part)]
    at = np.concatenate([one for one, _ in blocks])
    values = np.concatenate([one for _, one in blocks])
    usual = max(SLOT, series.step)
    if usual > SELDOM or len(at) < LEAST_SHARE * LEAST_DAYS * DAY / usual:
        return None
    lines = _lines(blocks, at)
    days = _harmonics(at)
    line_rest, _ = _explain(lines, values)
    rest, weights = _explain(np.hstack([lines, days]), values)
    if rest is None or line_rest is None or weights is None:
        return None
    fine = _by_slot(at, rest)
    if fine is None:
        return None
    slots = fine + _harmonics((np.arange(SLOTS) + 0.5) * SLOT) @ weights[lines.shape[1] :]
    slots -= slots.mean()
    left = values - lines @ weights[: lines.shape[1]] - Season(slots).at(at)
    free = 2 * HARMONICS + SLOTS / (2 * NEIGHBOURS + 1)
    if _scale(left) ** 2 / max(1 - free / len(at), 0.1) > EXPLAINS * _scale(line_rest) ** 2:
        return None
    return Season(slots)


def _lines(blocks: list[tuple[Floats, Floats]], at: Floats) -> Floats:
    """A line of its own for each part that lasts half a day, else its level: the columns of a design matrix."""
    columns: list[Floats] = []
    begin = 0
    for times, _ in blocks:
        here = np.zeros(len(at))
        here[begin : begin + len(times)] = 1.0
        columns.append(here)
        if times[-1] - times[0] >= DAY / 2:
            columns.append(here * (at - times.mean()) / DAY)
        begin += len(times)
    return np.column_stack(columns)


def _harmonics(at: Floats) -> Floats:
    angle = 2 * np.pi * (at % DAY) / DAY
    waves = [wave(k * angle) for k in range(1, HARMONICS + 1) for wave in (np.cos, np.sin)]
    return np.column_stack(waves)


def _explain(design: Floats, values: Floats) -> tuple[Floats | None, Floats | None]:
    """What is left of the values beside what the columns explain, and the columns' weights; spikes weigh nothing."""
    kept = np.ones(len(values), dtype=bool)
    weights: Floats | None = None
    rest: Floats | None = None
    for _ in range(3):
        if kept.sum() <= design.shape[1]:
            return None, None
        found: Floats = np.linalg.lstsq(design[kept], values[kept], rcond=None)[0]
        weights, rest = found, values - design @ found
        kept = np.abs(rest - np.median(rest)) <= OUTLIER * max(_scale(rest), 1e-300)
    return rest, weights


def _scale(rest: Floats) -> float:
    return float(NORMAL * np.median(np.abs(rest - np.median(rest))))


def _by_slot(at: Floats, values: Floats) -> Floats | None:
    """The median of each slot of the day and its neighbours; None where hours of the day were never seen."""
    slot = ((at % DAY) / SLOT).astype(np.int64) % SLOTS
    order = np.argsort(slot, kind="stable")
    known, starts = np.unique(slot[order], return_index=True)
    if np.diff(known, append=known[0] + SLOTS).max() > LONGEST_UNSEEN:
        return None
    middle = np.array([np.median(one) for one in np.split(values[order], starts[1:])])
    whole = np.interp(np.arange(SLOTS), known, middle, period=SLOTS)
    around = np.concatenate([whole[-NEIGHBOURS:], whole, whole[:NEIGHBOURS]])
    smoothed: Floats = np.lib.stride_tricks.sliding_window_view(around, 2 * NEIGHBOURS + 1).mean(axis=1)
    return smoothed
