"""Reliability as CSV (RFC 4180): a row a service; what has no meaning is empty. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from fractions import Fraction

from services.analytics.reliability.report import ServiceReliability

_HEAD = (
    "service_id", "service", "team", "uptime", "downtime_seconds", "failures", "target", "window_days", "met",
    "budget_seconds", "left_seconds", "left_share", "burn_rate", "window_left_seconds", "window_left_share", "state",
    "previous_uptime", "previous_downtime_seconds", "days_with_downtime", "longest_incident", "longest_seconds",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def reliability_csv(services: Sequence[ServiceReliability]) -> str:
    """The table. A text that a spreadsheet would compute has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEAD)
    for one in services:
        service, rolling = one.service, one.rolling
        longest = next((spender for spender in one.spenders if spender.incident_id is not None), None)
        writer.writerow(
            [
                _harmless(service.id),
                _harmless(service.name),
                _harmless(service.team or ""),
                _number(one.uptime),
                _seconds(one.downtime_ms),
                one.failures,
                *_promised(one),
                _number(one.burn),
                _seconds(rolling.left_ms) if rolling is not None else "",
                _number(rolling.left_share) if rolling is not None else "",
                one.state.value if one.state is not None else "",
                _number(one.previous_uptime),
                _seconds(one.previous_downtime_ms),
                len(one.days),
                longest.incident_id if longest is not None else "",
                _seconds(longest.spent_ms) if longest is not None else "",
            ]
        )
    return out.getvalue()


def _promised(one: ServiceReliability) -> Sequence[object]:
    """From the target to what is left of its budget."""
    budget = one.budget
    if budget is None:
        return [""] * 6
    met = "" if one.met is None else "yes" if one.met else "no"
    promised = (one.service.target, one.service.window_days, met)
    return (*promised, _seconds(budget.total_ms), _seconds(budget.left_ms), _number(budget.left_share))


def _number(share: Fraction | None) -> str:
    return repr(float(share)) if share is not None else ""


def _seconds(millis: int) -> str:
    return f"{millis / 1000:.3f}"


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
