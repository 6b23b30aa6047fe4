"""When an incident no longer needs its pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.comms.delivery.delivery_state import Reason
from services.comms.incident_copies.standing import IncidentStanding, StandingFact, standing_of
from services.comms.paging.cancellation import is_young, may_cancel_pages, no_longer_wanted
from shared.events.incidents import IncidentFact
from shared.vocabulary import IncidentStatus
from tests.unit.comms.builders import NOON, make_incident, make_page

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "incident, generation, expected",
    [
        pytest.param(None, 1, None, id="nobody has heard of it: sent"),
        pytest.param(make_incident(), 1, None, id="triggered: sent"),
        pytest.param(make_incident(answered=1), 1, Reason.ANSWERED, id="answered: not sent"),
        pytest.param(make_incident(generation=2, answered=1), 2, None, id="asked again after the answer: sent"),
        pytest.param(make_incident(generation=2, answered=1), 1, Reason.ANSWERED, id="the old round: not sent"),
        pytest.param(make_incident(generation=2), 1, None, id="an older round that nobody answered: sent"),
        pytest.param(make_incident(status=IncidentStatus.RESOLVED), 1, Reason.RESOLVED, id="resolved: not sent"),
        pytest.param(
            make_incident(status=IncidentStatus.CLOSED, generation=3), 3, Reason.RESOLVED, id="closed: not sent"
        ),
        pytest.param(
            make_incident(status=IncidentStatus.RESOLVED), 2, None, id="reopened, not heard of here yet: sent"
        ),
        pytest.param(make_incident(merged_into="INC-2"), 1, Reason.MERGED, id="merged away: not sent"),
        pytest.param(make_incident(snoozed_until=NOON + timedelta(hours=1)), 1, Reason.SNOOZED, id="snoozed"),
        pytest.param(make_incident(snoozed_until=NOON), 1, None, id="the snooze is over: sent"),
        pytest.param(make_incident(generation=2, answered=2), 3, None, id="a round that is not known here yet: sent"),
    ],
)
def test_whether_a_page_is_still_wanted(
    incident: IncidentFact | None, generation: int, expected: Reason | None
) -> None:
    standing = standing_of(incident) if incident is not None else None
    assert no_longer_wanted(standing, generation, NOON) is expected


def test_the_stored_part_of_a_fact_is_enough() -> None:
    document = {"status": "triggered", "paging": {"generation": 2, "answered": 1}}
    assert standing_of(StandingFact.model_validate(document)) == IncidentStanding(open=True, generation=2, answered=1)


@pytest.mark.parametrize(
    "incident, expected",
    [
        pytest.param(make_incident(), False, id="nothing was answered yet"),
        pytest.param(make_incident(generation=2), False, id="nothing at all was answered"),
        pytest.param(make_incident(generation=2, answered=1), True, id="the first round was"),
        pytest.param(make_incident(status=IncidentStatus.RESOLVED), True, id="it is over"),
    ],
)
def test_whether_there_may_be_pages_to_cancel(incident: IncidentFact, expected: bool) -> None:
    assert may_cancel_pages(standing_of(incident), NOON) is expected


@pytest.mark.parametrize(
    "began, expected",
    [
        pytest.param(timedelta(milliseconds=80), True, id="a moment ago: nobody can have answered long ago"),
        pytest.param(timedelta(milliseconds=-20), True, id="by a clock that is a little ahead"),
        pytest.param(timedelta(seconds=0.5), False, id="half a second ago: others may have heard of an answer"),
        pytest.param(timedelta(minutes=5), False, id="long ago"),
        pytest.param(None, False, id="a later step, a retry of an outage: nobody knows"),
    ],
)
def test_whether_what_this_process_heard_is_enough(began: timedelta | None, expected: bool) -> None:
    page = make_page(caused_at=NOON - began if began is not None else None)
    assert is_young(page, NOON) is expected
