"""When a budget is spent so fast that somebody must know: burn rates over two windows at once. Pure.

Of each rule both windows must burn at its rate: the long one says that it matters, the short one that it still goes on.
Rates are those of a budget over 30 days, scaled by the window of the target: so each rule stands for the same share of
a budget (2, 5 and 10 %). A window is always counted whole, also where less of it is known: what is not known was up.
(Google, The Site Reliability Workbook, chapter 5.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.analytics.reliability.budget import DAY_MILLIS, burn_rate
from services.analytics.reliability.downtime import Downtime
from shared.events.analytics.budgets import BurnName

MINUTE, HOUR = 60_000, 3_600_000
USUAL_DAYS = 30
"""The window that the rates are written for."""


@dataclass(frozen=True, slots=True)
class BurnRule:
    """One rule; windows in milliseconds. `pages`: somebody is called; else it waits for the day."""

    name: BurnName
    rate: Fraction
    long_ms: int
    short_ms: int
    pages: bool

    def threshold(self, window_days: int) -> Fraction:
        """The burn rate from which it speaks, for a target over so many days."""
        return self.rate * window_days / USUAL_DAYS


RULES = (
    BurnRule(BurnName.FAST, Fraction("14.4"), HOUR, 5 * MINUTE, pages=True),
    BurnRule(BurnName.SLOW, Fraction(6), 6 * HOUR, 30 * MINUTE, pages=True),
    BurnRule(BurnName.CREEPING, Fraction(1), 3 * DAY_MILLIS, 6 * HOUR, pages=False),
)


@dataclass(frozen=True, slots=True)
class Burn:
    """What a rule finds: burn rates over its two windows, and from which one on it speaks."""

    rule: BurnRule
    long: Fraction
    short: Fraction
    threshold: Fraction

    @property
    def is_burning(self) -> bool:
        """Both windows burn at its rate, or faster."""
        return self.long >= self.threshold and self.short >= self.threshold


def find_burns(downtime: Downtime, target: float, window_days: int, now: int) -> Sequence[Burn]:
    """What each rule finds at `now`, milliseconds since 1970."""
    found = []
    for rule in RULES:
        long, short = (
            burn_rate(target, window, downtime.within(now - window, now)) for window in (rule.long_ms, rule.short_ms)
        )
        found.append(Burn(rule, long, short, rule.threshold(window_days)))
    return found
