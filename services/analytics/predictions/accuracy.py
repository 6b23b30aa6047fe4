"""How often predictions were right, of everything and of each rule; a rule that is wrong too often is muted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.events.analytics.predictions import PredictionFact, PredictionState

PERIOD = timedelta(days=30)
"""Grades count so long."""
LATEST = 20
"""So many of a rule's newest grades decide whether it is muted."""
LEAST = 5
"""And at least so many: fewer say nothing."""
FLOOR = 0.5
"""The least share of right ones."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Counts of grades, and what follows from them; None where there is nothing to divide by."""

    hit: int
    averted: int
    false: int
    missed: int
    lead_seconds: float | None
    """The median time from being told to the limit, of hits."""

    @property
    def precision(self) -> float | None:
        """Of what was foretold, the share that was right: hit or averted."""
        told = self.hit + self.averted + self.false
        return (self.hit + self.averted) / told if told else None

    @property
    def recall(self) -> float | None:
        """Of what happened, or would have, the share that was foretold."""
        real = self.hit + self.averted + self.missed
        return (self.hit + self.averted) / real if real else None


def sum_up(graded: Iterable[PredictionFact]) -> Accuracy:
    """The accuracy of these predictions; those without a grade do not count."""
    ones = list(graded)
    count = {state: sum(one.state is state for one in ones) for state in PredictionState}
    leads = sorted(
        one.lead_seconds for one in ones if one.state is PredictionState.HIT and one.lead_seconds is not None
    )
    return Accuracy(
        hit=count[PredictionState.HIT],
        averted=count[PredictionState.AVERTED],
        false=count[PredictionState.FALSE],
        missed=count[PredictionState.MISSED],
        lead_seconds=_median(leads),
    )


def is_muted(newest: Sequence[PredictionFact]) -> bool:
    """Whether a rule with these grades, the newest first, is below its floor. Those of muted predictions count too:
    so a rule whose predictions become right is heard again.
    """
    told = [one for one in newest if one.state is not PredictionState.MISSED][:LATEST]
    precision = sum_up(told).precision
    return len(told) >= LEAST and precision is not None and precision < FLOOR


def _median(sorted_values: Sequence[int]) -> float | None:
    if not sorted_values:
        return None
    middle = len(sorted_values) // 2
    if len(sorted_values) % 2:
        return float(sorted_values[middle])
    return (sorted_values[middle - 1] + sorted_values[middle]) / 2
