"""A status page that says fine while an incident is open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.comms.stale.stale_items import page_items
from services.comms.status_pages.hygiene import findings
from services.comms.status_pages.suggestions import OpenIncident
from shared.vocabulary import Severity
from tests.unit.comms.status_pages.pages import NOON, make_page

pytestmark = pytest.mark.unit

OPEN = [
    OpenIncident("INC-1", "payments", Severity.CRITICAL, None),
    OpenIncident("INC-2", "payments", Severity.HIGH, None),
]


def test_it_is_told_since_the_first_of_its_incidents() -> None:
    page = make_page()
    began = {"INC-1": NOON, "INC-2": NOON - timedelta(hours=1)}
    (item,) = page_items(page, findings(page, OPEN, NOON), began)
    assert (item.kind, item.since, item.path) == ("page_says_fine", NOON - timedelta(hours=1), "/status-pages/updates")
    assert item.subject.startswith(f"{page.slug}/")
    assert "INC-1" in item.action
    assert page_items(page, findings(page, [], NOON), {}) == []
