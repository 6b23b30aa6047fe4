"""Reports of one page, in any order and as often as they come, end in the same row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.oncall.escalation.page_request import attempt
from services.oncall.escalation.page_row import Row, merge_rows, reported_row, requested_row
from shared.events.oncall import PageState
from tests.unit.oncall.escalations import Walk, make_incident, make_result

pytestmark = pytest.mark.unit

PAGE = Walk().hear(make_incident()).pages[0]
ASKED = requested_row(PAGE.incident.id, attempt(PAGE, "event-1", None))


def report(state: PageState, attempts: int) -> Row:
    return reported_row(make_result(PAGE, state=state, attempts=attempts))


def furthest(rows: list[Row]) -> Row:
    """What the store keeps: a row gives way only to one that is further on."""
    kept = rows[0]
    for row in rows[1:]:
        kept = row if row.order > kept.order else kept
    return kept


@pytest.mark.parametrize(
    "earlier, later",
    [
        pytest.param(report(PageState.SENT, 1), report(PageState.DELIVERED, 1), id="delivered after sent"),
        pytest.param(report(PageState.FAILED, 1), report(PageState.DELIVERED, 4), id="delivered after failures"),
        pytest.param(report(PageState.FAILED, 1), report(PageState.FAILED, 2), id="failed again"),
        pytest.param(report(PageState.FAILED, 1), report(PageState.CANCELLED, 1), id="cancelled between two attempts"),
        pytest.param(report(PageState.SENT, 0), report(PageState.CANCELLED, 0), id="cancelled before the first"),
    ],
)
def test_the_later_report_wins(earlier: Row, later: Row) -> None:
    assert furthest([earlier, later]) == furthest([later, earlier]) == later


@given(st.permutations([*(report(state, n) for n in (1, 2) for state in PageState)] * 2))
def test_any_order_and_repetition_ends_in_the_same_row(rows: list[Row]) -> None:
    assert furthest(rows) == report(PageState.DELIVERED, 2)


def test_a_page_is_listed_once_with_what_became_of_it() -> None:
    other = ASKED.model_copy(update={"page_id": "later", "requested_at": ASKED.requested_at + timedelta(seconds=1)})
    delivered = report(PageState.DELIVERED, 1)
    assert merge_rows([delivered], [other, ASKED]) == [delivered, other]
