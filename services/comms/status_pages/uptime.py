"""Uptime of a component by day and in all: 1 - downtime / time, where a partial outage counts half.

Where periods overlap, the worst one counts. Major outage is down; degraded performance and maintenance are up. A day
is a day of the page's time zone, so one of 23 or 25 hours is counted as that. Time before the component was made, and
after `now`, is in no figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.comms.status_pages.impact_periods import Period
from services.comms.status_pages.page import ComponentState

DAYS = 90
WEIGHTS: Mapping[ComponentState, float] = {ComponentState.MAJOR_OUTAGE: 1.0, ComponentState.PARTIAL_OUTAGE: 0.5}
"""The share of a state's time that is downtime; all others have none."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a component. `uptime` is None when the component was not there yet."""

    date: date
    uptime: float | None
    worst: ComponentState


@dataclass(frozen=True, slots=True)
class Uptime:
    """The days, oldest first, and the uptime over all of them; None when there is nothing to count."""

    days: Sequence[Day]
    share: float | None


def uptime(periods: Iterable[Period], *, since: datetime, now: datetime, zone: ZoneInfo, days: int = DAYS) -> Uptime:
    """The uptime of one component, made at `since`, over the last `days` days, today included."""
    spans = [(period.start, period.end, period.state) for period in periods]
    shown: list[Day] = []
    total = down = 0.0
    for start, end, day in days_back(now, zone, days):
        begin, stop = max(start, since), min(end, now)
        seconds = max(0.0, (stop - begin).total_seconds())
        # only what touches the day is cut up: a page of many components is drawn in a moment
        inside = [(max(a, begin), min(b, stop), state) for a, b, state in spans if a < stop and b > begin]
        lost = downtime_seconds(inside)
        worst = max((state for _, _, state in inside), key=lambda state: state.rank, default=ComponentState.OPERATIONAL)
        shown.append(Day(day, 1 - lost / seconds if seconds else None, worst))
        total += seconds
        down += lost
    return Uptime(shown, 1 - down / total if total else None)


def downtime_seconds(spans: Sequence[tuple[datetime, datetime, ComponentState]]) -> float:
    """Seconds of downtime of [start, end) spans; of those that overlap the one with the largest weight counts."""
    weighted = [(start, end, WEIGHTS[state]) for start, end, state in spans if state in WEIGHTS and start < end]
    edges = sorted({edge for start, end, _ in weighted for edge in (start, end)})
    return sum(
        (after - before).total_seconds()
        * max((weight for start, end, weight in weighted if start <= before and after <= end), default=0.0)
        for before, after in pairwise(edges)
    )


def days_back(now: datetime, zone: ZoneInfo, days: int) -> list[tuple[datetime, datetime, date]]:
    """The last `days` days of a zone up to that of `now`, oldest first, each with its beginning and end in UTC."""
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    return [(midnight(one, zone), midnight(one + timedelta(days=1), zone), one) for one in dates]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins in a zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
