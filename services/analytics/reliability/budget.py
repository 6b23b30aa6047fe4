"""Error budgets: how much downtime a target leaves, what is left of it, and how fast it is spent. Pure.

Budget = (1 - target) x window; it is signed: what is left goes below nothing. Burn rate = share of downtime / (1 -
target): at 1 the budget lasts exactly as long as its window. (Google, The Site Reliability Workbook, chapter 5.)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from shared.events.analytics.budgets import BudgetState

DAY_MILLIS = 86_400_000
AT_RISK, CLEARED = Fraction(20, 100), Fraction(25, 100)
"""Shares of the budget left: at the first it is at risk, and stays so until the second is reached."""
RECOVERED = Fraction(2, 100)
"""A budget that was used up is no more so when this share of it is left."""


@dataclass(frozen=True, slots=True)
class Budget:
    """An error budget over a window; all in whole milliseconds."""

    total_ms: int
    spent_ms: int

    @property
    def left_ms(self) -> int:
        """What is left; below nothing when more was spent than there was."""
        return self.total_ms - self.spent_ms

    @property
    def left_share(self) -> Fraction:
        """What is left of all of it: 1 when nothing was spent, below nothing when too much was."""
        return Fraction(self.left_ms, self.total_ms) if self.total_ms else Fraction(1 if not self.spent_ms else 0)


def exact(target: float) -> Fraction:
    """The target as people wrote it: 0.999 is 999/1000, and not the binary number beside it."""
    return Fraction(repr(target))


def budget_of(target: float, window_ms: int, downtime_ms: int) -> Budget:
    """The budget that a target (a share below 1) leaves over a window. Less than a millisecond is cut off."""
    return Budget(int((1 - exact(target)) * window_ms), downtime_ms)


def burn_rate(target: float, window_ms: int, downtime_ms: int) -> Fraction:
    """How many times faster than allowed the budget is spent; 0 over no time."""
    return Fraction(downtime_ms, window_ms) / (1 - exact(target)) if window_ms else Fraction(0)


def decide_state(before: BudgetState, left_share: Fraction) -> BudgetState:
    """How a budget stands that stood so before: what is at risk, or used up, must do better to be no more so."""
    if left_share <= 0 or (before is BudgetState.EXHAUSTED and left_share < RECOVERED):
        return BudgetState.EXHAUSTED
    at_risk = AT_RISK if before is BudgetState.HEALTHY else CLEARED
    is_at_risk = left_share <= at_risk if before is BudgetState.HEALTHY else left_share < at_risk
    return BudgetState.AT_RISK if is_at_risk else BudgetState.HEALTHY
