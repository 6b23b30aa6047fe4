"""Forecasts of recorded series at moments before the limit was reached, beside those of a straight line. Pure.

Each series is cut before the crossing, by shares of its horizon (but never before its last reset: that nobody can
foresee), and both are asked when the limit will be reached. The error is the time between that and the truth; where one
says nothing it is infinite, so that medians can be compared whoever is silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from services.analytics.backtest.recording import Recording
from services.analytics.forecast.forecast import RECENT, first_reached, forecast
from services.analytics.forecast.series import Floats, Series, clean, find_resets, smooth
from shared.vocabulary import LimitKind

LEADS = (0.75, 0.5, 0.25)
"""A series is asked so many horizons (or last climbs, where those are shorter) before its crossing."""
LEAST_STEPS = 40
"""A horizon has at least so many of the series' own steps: certificates are looked at by the hour."""
LEAST_SEEN = 10
"""Samples since the last reset that both have seen."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One question: the errors of both in seconds, infinite where one expected no crossing."""

    kind: str
    lead: float
    ours: float
    line: float
    within: bool | None
    """Whether the truth lay in our interval; None where there was none."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the trials of one kind say. Errors in seconds."""

    kind: str
    series: int
    trials: int
    ours: float
    line: float
    said: float
    """The share of trials in which a crossing was expected."""
    within: float
    """The share of these in which the truth lay in the interval."""

    @property
    def ratio(self) -> float:
        """Our median error over the line's; not a number where both are nothing or infinite."""
        if self.ours == self.line == 0 or (np.isinf(self.ours) and np.isinf(self.line)):
            return float("nan")
        return self.ours / self.line if self.line else float("inf")


def find_crossing(series: Series, limit: float, kind: LimitKind) -> float | None:
    """When a series reached its limit, which spikes do not: the medians of five samples, joined by lines, are there.

    None: never.
    """
    sign = 1.0 if kind is LimitKind.UPPER else -1.0
    if len(series) < RECENT:
        return None
    return first_reached(series.at, smooth(sign * series.values), sign * limit)


def try_out(recording: Recording) -> list[Trial]:
    """The trials of one series; none where it never reaches its limit, or was seen too little before."""
    series = clean(recording.at, recording.values, float("inf"))
    truth = recording.crossing_at
    if truth is None:
        truth = find_crossing(series, recording.limit, recording.limit_kind)
    if truth is None:
        return []
    before = series.part(0, int(np.searchsorted(series.at, truth)))
    if len(before) < LEAST_SEEN:
        return []
    sign = 1.0 if recording.limit_kind is LimitKind.UPPER else -1.0
    resets = find_resets(sign * before.values)
    began = float(before.at[resets[-1]]) if resets else float(before.at[0])
    longest = min(max(recording.horizon, LEAST_STEPS * series.step), truth - began)
    found = []
    for share in LEADS:
        cut = truth - share * longest
        seen = before.part(0, int(np.searchsorted(before.at, cut, side="right")))
        if np.count_nonzero(seen.at >= began) >= LEAST_SEEN:
            found.append(_trial(recording, seen, truth))
    return found


def _trial(recording: Recording, seen: Series, truth: float) -> Trial:
    now = float(seen.at[-1])
    crossing = forecast(seen.at, seen.values, recording.limit, recording.limit_kind, now).crossing
    straight = straight_line(seen.at, seen.values, recording.limit, now)
    return Trial(
        kind=recording.kind,
        lead=truth - now,
        ours=abs(crossing.expected_at - truth) if crossing is not None else float("inf"),
        line=abs(straight - truth) if straight is not None else float("inf"),
        within=crossing.lo <= truth <= crossing.hi if crossing is not None else None,
    )


def straight_line(at: Floats, values: Floats, limit: float, now: float) -> float | None:
    """Where the line of least squares through all samples meets the limit, not before `now`; None: nowhere ahead."""
    away = at - at.mean()
    square = float(away @ away)
    if square <= 0:
        return None
    slope = float(away @ values) / square
    if slope == 0:
        return None
    found = float(at.mean() + (limit - values.mean()) / slope)
    return max(found, now) if found > at[0] else None


def sum_up(recordings: Iterable[tuple[Recording, Sequence[Trial]]]) -> list[Row]:
    """A row for each kind, in the order in which they came."""
    kinds: dict[str, list[Sequence[Trial]]] = {}
    for recording, trials in recordings:
        kinds.setdefault(recording.kind, []).append(trials)
    rows = []
    for kind, ones in kinds.items():
        trials = [one for many in ones for one in many]
        told = [one.within for one in trials if one.within is not None]
        rows.append(
            Row(
                kind=kind,
                series=len(ones),
                trials=len(trials),
                ours=_median([one.ours for one in trials]),
                line=_median([one.line for one in trials]),
                said=len(told) / len(trials) if trials else 0.0,
                within=sum(told) / len(told) if told else 0.0,
            )
        )
    return rows


def _median(errors: Sequence[float]) -> float:
    """The middle one, the lower of two: a mean of a number and infinity says nothing."""
    return sorted(errors)[(len(errors) - 1) // 2] if errors else float("nan")
