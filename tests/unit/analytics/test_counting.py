from __future__ import annotations

import pytest

from services.analytics.counting import CountedAlert, as_counted
from shared.events.alerts import AlertFact
from shared.testing.examples import example

pytestmark = pytest.mark.unit


def test_an_alert_is_kept_without_its_words() -> None:
    event = example("alert.opened.v1")
    fact = event.data
    assert isinstance(fact, AlertFact)
    counted = as_counted(event, fact)
    assert isinstance(counted.data, CountedAlert)
    assert (counted.data.id, counted.data.service_id, counted.data.status) == (fact.id, fact.service_id, fact.status)
    assert fact.title not in counted.encode().decode()
    assert (counted.subject, counted.sequence) == (event.subject, event.sequence)
