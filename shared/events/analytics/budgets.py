"""What is told of error budgets: how each stands, and whether it burns so fast that somebody must know."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.events.envelope import Fact


class BudgetState(StrEnum):
    """How an error budget stands."""

    HEALTHY = "healthy"
    AT_RISK = "at_risk"
    EXHAUSTED = "exhausted"


class BurnName(StrEnum):
    """The rules by which a budget burns, the fastest first."""

    FAST = "fast"
    SLOW = "slow"
    CREEPING = "creeping"


class BurnFact(Fact):
    """A budget burns, or did, by the fastest rule that it met."""

    id: str
    """Of this time that it burns."""
    rule: BurnName
    pages: bool
    """Somebody is to be called; else it waits for the day."""
    long_seconds: int
    short_seconds: int
    """The two windows that it burns in."""
    rate: float
    """Over the long one, when it met the rule: how many times faster than allowed the budget is spent."""
    threshold: float
    since: datetime
    ended_at: datetime | None = None
    """None: it burns."""
    incident_id: str | None = None
    """The open incident of the service on whose timeline it is a line: it pages nobody. None: it is an alert."""


class BudgetFact(Fact):
    """The error budget of a service as it stands, with what burns or burnt last."""

    service_id: str
    service_name: str
    target: float
    window_days: int
    state: BudgetState
    left_share: float
    """Of the whole budget; below 0 when more was spent than there was."""
    left_seconds: float
    burn: BurnFact | None = None
    at: datetime
