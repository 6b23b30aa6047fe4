"""What becomes of a service's error budget: how it stands, and whether a burn begins, gets faster or ends. Pure.

A burn that begins while the service has an open failure is a line on that incident's timeline; else it is an alert.
One at a time: a faster rule takes the burn over. Downtime that people were told of does not call them again, neither
when they end their incident, nor by a slower rule: only downtime that came after it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.analytics.reliability.budget import DAY_MILLIS, Budget, budget_of, decide_state
from services.analytics.reliability.burn_rules import Burn, find_burns
from services.analytics.reliability.downtime import Downtime, Failure, Impact, find_downtime
from services.analytics.reliability.known_service import KnownService
from shared.clocks.epoch import to_millis
from shared.events.analytics.budgets import BudgetFact, BudgetState, BurnFact
from shared.ids import derive_id
from shared.stored import Stored


class KeptBudget(Stored):
    """What is kept of a service's budget: what was told last."""

    service_id: str
    version: int = 0
    told: BudgetFact | None = None


def decide_budget(
    before: KeptBudget,
    service: KnownService,
    failures: Sequence[Failure],
    impacts: Sequence[Impact],
    now: datetime,
) -> BudgetFact | None:
    """What is to be told at `now`; None when nothing turned, or the service has no target."""
    if service.target is None:
        return None
    millis, window = to_millis(now), service.window_days * DAY_MILLIS
    downtime = find_downtime(failures, impacts)
    budget = budget_of(service.target, window, downtime.within(millis - window, millis))
    told = before.told
    last = told.burn if told is not None else None
    state_before = told.state if told is not None else BudgetState.HEALTHY
    state = decide_state(state_before, budget.left_share)
    burns = find_burns(downtime, service.target, service.window_days, millis)
    worst = next((one for one in burns if one.is_burning), None)
    burn = _turn(last, worst, service.id, _Present(now, downtime, failures))
    if state is state_before and burn == last:
        return None
    return _fact(service, state, budget, burn, now)


def end_budget(before: KeptBudget, now: datetime) -> BudgetFact | None:
    """What is to be told of a service that is gone, or without a target: what burns has ended. None: nothing does."""
    told = before.told
    if told is None or told.burn is None or told.burn.ended_at is not None:
        return None
    return told.changed(burn=told.burn.changed(ended_at=now), at=now)


class _Present:
    """What is known of a service at an instant."""

    def __init__(self, now: datetime, downtime: Downtime, failures: Sequence[Failure]) -> None:
        self.now = now
        self.downtime = downtime
        self.failures = failures

    @property
    def open_incident(self) -> str | None:
        """The failure that has been open the longest."""
        found = [one for one in self.failures if one.is_open]
        return min(found, key=lambda one: (one.start, one.incident_id)).incident_id if found else None

    def has_downtime_since(self, moment: int) -> bool:
        return self.downtime.within(moment, to_millis(self.now)) > 0

    def known_until(self, burn: BurnFact) -> int:
        """Until when people know of the downtime that a burn told of."""
        if burn.ended_at is not None:
            return to_millis(burn.ended_at)
        if burn.incident_id is None:
            return to_millis(self.now)
        ends = [one.end for one in self.failures if one.incident_id == burn.incident_id]
        return max([*ends, to_millis(burn.since)])


def _turn(last: BurnFact | None, worst: Burn | None, service_id: str, present: _Present) -> BurnFact | None:
    """The burn as it stands now, in the order of what counts first."""
    burns = last is not None and last.ended_at is None
    if worst is None:
        return last.changed(ended_at=present.now) if last is not None and burns else last
    if last is not None and burns and worst.rule.pages and not last.pages:
        return _faster(last, worst)
    if last is not None and not present.has_downtime_since(present.known_until(last)):
        return last
    if last is not None and burns and present.open_incident is not None:
        return last
    return _begin(worst, service_id, present)


def _begin(found: Burn, service_id: str, present: _Present) -> BurnFact:
    rule = found.rule
    return BurnFact(
        id=derive_id("burn", service_id, to_millis(present.now), prefix="burn_"),
        rule=rule.name,
        pages=rule.pages,
        long_seconds=rule.long_ms // 1000,
        short_seconds=rule.short_ms // 1000,
        rate=float(found.long),
        threshold=float(found.threshold),
        since=present.now,
        incident_id=present.open_incident,
    )


def _faster(last: BurnFact, found: Burn) -> BurnFact:
    rule = found.rule
    return last.changed(
        rule=rule.name,
        pages=rule.pages,
        long_seconds=rule.long_ms // 1000,
        short_seconds=rule.short_ms // 1000,
        rate=float(found.long),
        threshold=float(found.threshold),
    )


def _fact(
    service: KnownService, state: BudgetState, budget: Budget, burn: BurnFact | None, now: datetime
) -> BudgetFact:
    return BudgetFact(
        service_id=service.id,
        service_name=service.name,
        target=service.target or 0.0,
        window_days=service.window_days,
        state=state,
        left_share=float(budget.left_share),
        left_seconds=budget.left_ms / 1000,
        burn=burn,
        at=now,
    )
