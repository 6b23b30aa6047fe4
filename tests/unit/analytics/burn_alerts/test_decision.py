"""What becomes of an error budget as time goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.analytics.burn_alerts.decision import KeptBudget, decide_budget, end_budget
from services.analytics.reliability.downtime import Failure, Impact
from services.analytics.reliability.known_service import KnownService
from shared.clocks.epoch import to_millis
from shared.events.analytics.budgets import BudgetFact, BudgetState, BurnName
from shared.events.communication import ImpactState

pytestmark = pytest.mark.unit

DOWN = ImpactState.MAJOR_OUTAGE
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
PAYMENTS = KnownService(id="payments", name="Payments", slo_target=0.999, slo_window_days=30)


class Story:
    """One service, looked at again and again; minutes after noon."""

    def __init__(self) -> None:
        self.kept = KeptBudget(service_id="payments")
        self.failures: list[tuple[str, float, float | None]] = []
        self.impacts: list[tuple[float, float]] = []

    def look(self, minute: float) -> BudgetFact | None:
        now = NOON + timedelta(minutes=minute)
        millis = to_millis(NOON)
        failures = [
            Failure(
                name,
                millis + round(start * 60_000),
                to_millis(now) if end is None or end > minute else millis + round(end * 60_000),
                end is None or end > minute,
            )
            for name, start, end in self.failures
            if start <= minute
        ]
        impacts = [
            Impact(
                str(n), millis + round(a * 60_000), millis + round(min(b, minute) * 60_000), ImpactState.MAJOR_OUTAGE
            )
            for n, (a, b) in enumerate(self.impacts)
            if a < minute
        ]
        fact = decide_budget(self.kept, PAYMENTS, failures, impacts, now)
        if fact is not None:
            self.kept = self.kept.changed(version=self.kept.version + 1, told=fact)
        return fact


def test_a_burn_while_an_incident_is_open_is_a_line_and_stays_one_when_it_ends() -> None:
    story = Story()
    story.failures = [("INC-1", 0, 20)]
    assert story.look(0.5) is None
    begun = story.look(1)
    assert begun is not None
    assert begun.burn is not None
    assert (begun.burn.incident_id, begun.burn.rule, begun.burn.pages) == ("INC-1", BurnName.FAST, True)
    # it is told again only when the budget stands otherwise
    told = [fact for minute in range(2, 40) if (fact := story.look(minute)) is not None and fact.burn != begun.burn]
    assert told == []
    ended = story.look(7 * 60)
    assert ended is not None
    assert ended.burn == begun.burn.changed(ended_at=NOON + timedelta(hours=7))


def test_downtime_without_an_incident_is_an_alert_that_ends_with_the_burn() -> None:
    story = Story()
    story.impacts = [(0, 1)]
    begun = story.look(1)
    assert begun is not None
    assert begun.burn is not None
    assert (begun.burn.incident_id, begun.burn.rule) == (None, BurnName.FAST)
    assert story.look(4) is None
    ended = story.look(7)
    assert ended is not None
    assert ended.burn == begun.burn.changed(ended_at=NOON + timedelta(minutes=7))
    # nothing happened since: it does not begin again
    assert story.look(8) is None


def test_an_hour_that_was_over_before_anybody_looked_is_an_alert() -> None:
    story = Story()
    story.failures = [("INC-1", 0, 60)]
    begun = story.look(60)
    assert begun is not None
    assert begun.burn is not None
    # 1 hour of 1, at a thousandth
    assert (begun.burn.incident_id, begun.burn.rate, begun.burn.threshold) == (None, 1000.0, 14.4)
    # 30 days at a thousandth are 43.2 minutes
    assert (begun.state, begun.left_seconds) == (BudgetState.EXHAUSTED, -1008.0)


def test_new_downtime_after_the_incident_is_an_alert_after_all() -> None:
    story = Story()
    story.failures = [("INC-1", 0, 20)]
    assert story.look(1) is not None
    story.impacts = [(22, 24)]
    again = story.look(24)
    assert again is not None
    assert again.burn is not None
    assert again.burn.incident_id is None


def test_a_faster_rule_takes_a_burn_over() -> None:
    story = Story()
    # 4.5 minutes were down an hour ago: enough for 3 days and 6 hours, too long ago for the faster ones
    story.impacts = [(0, 4.5)]
    creeping = story.look(70)
    assert creeping is not None
    assert creeping.burn is not None
    assert (creeping.burn.rule, creeping.burn.pages) == (BurnName.CREEPING, False)
    story.impacts.append((71, 75))
    after = story.look(75)
    assert after is not None
    assert after.burn is not None
    assert (after.burn.rule, after.burn.pages) == (BurnName.FAST, True)


def test_what_burns_ends_when_the_target_is_taken_away() -> None:
    story = Story()
    story.impacts = [(0, 1)]
    assert story.look(1) is not None
    later = NOON + timedelta(minutes=2)
    ended = end_budget(story.kept, later)
    assert ended is not None
    assert ended.burn is not None
    assert ended.burn.ended_at == later
    assert end_budget(story.kept.changed(told=ended), later) is None
    assert end_budget(KeptBudget(service_id="x"), later) is None


def test_a_service_that_never_failed_is_never_told_of() -> None:
    assert [Story().look(minute) for minute in range(5)] == [None] * 5
