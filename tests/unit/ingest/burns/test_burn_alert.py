"""Burns of error budgets as alerts."""

from __future__ import annotations

import pytest

from services.ingest.burns.burn_alert import accept, origin_of
from services.ingest.intake.message import decode, encode
from services.ingest.normalisation.alert import Action
from shared.events.analytics.budgets import BudgetFact
from shared.testing.examples import example
from shared.vocabulary import BURN_SOURCE, Severity

pytestmark = pytest.mark.unit

EVENT = example("budget.changed.v1")
assert isinstance(EVENT.data, BudgetFact)
FACT = EVENT.data
assert FACT.burn is not None
ALERT = FACT.changed(burn=FACT.burn.changed(incident_id=None, ended_at=None), at=FACT.burn.since)


def test_what_burns_is_the_same_alert_whenever_it_is_told() -> None:
    made = accept(ALERT, EVENT)
    assert made is not None
    assert made == accept(ALERT, EVENT)
    (queued,) = decode(encode(origin_of(ALERT, EVENT), [made]))
    assert (queued.action, queued.source, queued.origin.service_id) == (Action.TRIGGER, BURN_SOURCE, "payments")
    assert queued.content.severity is Severity.HIGH
    assert queued.content.title == "Payments: the error budget burns 20.5 times as fast as allowed"


def test_what_only_creeps_waits_for_the_day() -> None:
    assert ALERT.burn is not None
    made = accept(ALERT.changed(burn=ALERT.burn.changed(pages=False)), EVENT)
    assert made is not None
    assert made.alert.content.severity is Severity.LOW


def test_it_ends_once() -> None:
    assert ALERT.burn is not None
    ended = ALERT.changed(burn=ALERT.burn.changed(ended_at=FACT.at), at=FACT.at)
    made = accept(ended, EVENT)
    assert made is not None
    assert made.alert.action is Action.RESOLVE
    assert accept(ended.changed(at=FACT.at.replace(year=2027)), EVENT) is None


def test_a_line_on_a_timeline_is_no_alert() -> None:
    assert accept(FACT, EVENT) is None
    assert accept(FACT.changed(burn=None), EVENT) is None
