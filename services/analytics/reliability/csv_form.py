"""Reliability as a table: a row a service; what has no meaning is empty. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from services.analytics.csv_table import Cell, write_csv
from services.analytics.reliability.report import ServiceReliability

_HEAD = (
    "service_id", "service", "team", "uptime", "downtime_seconds", "failures", "target", "window_days", "met",
    "budget_seconds", "left_seconds", "left_share", "burn_rate", "window_left_seconds", "window_left_share", "state",
    "previous_uptime", "previous_downtime_seconds", "days_with_downtime", "longest_incident", "longest_seconds",
)  # fmt: skip


def reliability_csv(services: Sequence[ServiceReliability]) -> str:
    """The table as CSV."""
    return write_csv(_HEAD, map(_row, services))


def _row(one: ServiceReliability) -> Sequence[Cell]:
    service, rolling = one.service, one.rolling
    longest = next((spender for spender in one.spenders if spender.incident_id is not None), None)
    return [
        service.id,
        service.name,
        service.team,
        _number(one.uptime),
        _seconds(one.downtime_ms),
        one.failures,
        *_promised(one),
        _number(one.burn),
        _seconds(rolling.left_ms) if rolling is not None else None,
        _number(rolling.left_share) if rolling is not None else None,
        one.state.value if one.state is not None else None,
        _number(one.previous_uptime),
        _seconds(one.previous_downtime_ms),
        len(one.days),
        longest.incident_id if longest is not None else None,
        _seconds(longest.spent_ms) if longest is not None else None,
    ]


def _promised(one: ServiceReliability) -> Sequence[Cell]:
    """From the target to what is left of its budget."""
    budget = one.budget
    if budget is None:
        return [None] * 6
    met = None if one.met is None else "yes" if one.met else "no"
    promised: Sequence[Cell] = (one.service.target, one.service.window_days, met)
    return (*promised, _seconds(budget.total_ms), _seconds(budget.left_ms), _number(budget.left_share))


def _number(share: Fraction | None) -> float | None:
    return float(share) if share is not None else None


def _seconds(millis: int) -> float:
    return millis / 1000
