from __future__ import annotations

import pytest

from services.analytics.counting import CountedAlert, PageOutcome, as_counted, as_counted_page
from shared.events.alerts import AlertFact
from shared.events.oncall import PageResult
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


def test_a_page_is_kept_without_what_its_provider_said() -> None:
    event = example("page.delivered.v1")
    fact = event.data
    assert isinstance(fact, PageResult)
    counted = as_counted_page(event, fact)
    assert isinstance(counted.data, PageOutcome)
    assert (counted.data.page_id, counted.data.at, counted.data.time_zone) == (fact.page_id, fact.at, "Asia/Tehran")
    assert fact.detail not in counted.encode().decode()
