"""The reliability of one service in a period. Pure; whole milliseconds, shares as exact fractions.

Uptime = 1 - downtime / period. The period is counted to now where it ends later. The budget of the report is that of
the target over the period; `rolling` is that of the target's own window, to the end of the period.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from services.analytics.periods.period import Period
from services.analytics.reliability.budget import DAY_MILLIS, Budget, budget_of, burn_rate, decide_state
from services.analytics.reliability.downtime import (
    Downtime,
    Failure,
    Impact,
    Spender,
    find_downtime,
    find_spenders,
)
from services.analytics.reliability.known_service import KnownService
from shared.clocks.epoch import from_millis, to_millis
from shared.clocks.wallclock import instant
from shared.events.analytics.budgets import BudgetState
from shared.problem import invalid

LONGEST_DAYS = 3660
"""A report covers so many days at most."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the report's zone, as far as it is in the period; milliseconds since 1970."""

    date: date
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a report is about: [start, end) with the days in it, and [before, start) to compare with."""

    before: int
    start: int
    end: int
    days: Sequence[Day]

    @classmethod
    def of(cls, period: Period, now: datetime) -> Stretch:
        """A period, counted to now. Raises a 422 `Problem` for one that is too long to be told day by day."""
        if period.end - period.start > timedelta(days=LONGEST_DAYS):
            raise invalid("/from", f"a report covers at most {LONGEST_DAYS} days")
        start = to_millis(period.start)
        end = max(start, min(to_millis(period.end), to_millis(now)))
        return cls(to_millis(period.before().start), start, end, _days(start, end, period.zone))


@dataclass(frozen=True, slots=True)
class DayDown:
    """A day with downtime; `share` is its uptime."""

    date: date
    downtime_ms: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class ServiceReliability:
    """How reliable a service was; what is None has no meaning: no target, or no time."""

    service: KnownService
    downtime: Downtime
    uptime: Fraction | None
    downtime_ms: int
    failures: int
    """Those that began in the period."""
    previous_uptime: Fraction | None
    previous_downtime_ms: int
    budget: Budget | None
    burn: Fraction | None
    met: bool | None
    rolling: Budget | None
    state: BudgetState | None
    spenders: Sequence[Spender]
    """Longest first."""
    days: Sequence[DayDown]
    """Those with downtime."""


def reliability_of(
    service: KnownService, failures: Sequence[Failure], impacts: Sequence[Impact], stretch: Stretch
) -> ServiceReliability:
    """The report of one service, from all of its failures and impact periods that touch the stretch."""
    downtime = find_downtime(failures, impacts)
    start, end, target = stretch.start, stretch.end, service.target
    lost, previous = downtime.within(start, end), downtime.within(stretch.before, start)
    uptime = _uptime(lost, end - start)
    rolling = None
    if target is not None:
        window = service.window_days * DAY_MILLIS
        rolling = budget_of(target, window, downtime.within(end - window, end))
    return ServiceReliability(
        service=service,
        downtime=downtime,
        uptime=uptime,
        downtime_ms=lost,
        failures=sum(start <= one.start < end for one in set(failures)),
        previous_uptime=_uptime(previous, start - stretch.before),
        previous_downtime_ms=previous,
        budget=budget_of(target, end - start, lost) if target is not None else None,
        burn=burn_rate(target, end - start, lost) if target is not None else None,
        met=budget_of(target, end - start, lost).left_ms >= 0 if target is not None and uptime is not None else None,
        rolling=rolling,
        state=decide_state(BudgetState.HEALTHY, rolling.left_share) if rolling is not None else None,
        spenders=find_spenders(failures, impacts, downtime, start, end),
        days=_days_down(downtime, stretch.days),
    )


def history_begin(services: Sequence[KnownService], stretch: Stretch) -> int:
    """From when on failures must be known: the period before, and the windows of all targets."""
    longest = max((one.window_days for one in services if one.target is not None), default=0)
    return min(stretch.before, stretch.end - longest * DAY_MILLIS)


def _uptime(lost: int, length: int) -> Fraction | None:
    return 1 - Fraction(lost, length) if length > 0 else None


def _days(start: int, end: int, zone: ZoneInfo) -> list[Day]:
    if start >= end:
        return []
    day = from_millis(start).astimezone(zone).date()
    found = []
    begin = start
    while begin < end:
        after = day + timedelta(days=1)
        midnight = to_millis(instant(datetime(after.year, after.month, after.day), zone))  # noqa: DTZ001 - in the zone
        if midnight > begin:
            found.append(Day(day, begin, min(midnight, end)))
            begin = midnight
        day = after
    return found


def _days_down(downtime: Downtime, days: Sequence[Day]) -> list[DayDown]:
    if not days:
        return []
    starts, ends = [one.start for one in days], [one.end for one in days]
    hit: set[int] = set()
    for outage in downtime.touching(days[0].start, days[-1].end):
        hit.update(range(bisect_right(ends, outage.start), bisect_left(starts, outage.end)))
    found = []
    for number in sorted(hit):
        day = days[number]
        lost = downtime.within(day.start, day.end)
        if lost:
            found.append(DayDown(day.date, lost, 1 - Fraction(lost, day.end - day.start)))
    return found
