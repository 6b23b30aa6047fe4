"""Answers from messages: an acknowledgement or a resolution, however often and in whatever order they are told."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.incidents.commands import Actor, ResolutionIn, StatusIn, acknowledge, change, resolve
from services.incident.incidents.edit import event_name
from services.incident.incidents.incident import Incident
from services.incident.incidents.lifecycle import page_again, time_out
from services.incident.response.merging import merge
from services.incident.response.page_answers import counts, follow_answers
from shared.events import Event, make
from shared.events.communication import AnswerAction, AnswerFact
from shared.vocabulary import Channel, IncidentStatus, PageReason
from tests.unit.incident.builders import after, make_incident

pytestmark = pytest.mark.unit

KENJI = Actor("kenji", "kenji")
ACK, RESOLVE = AnswerAction.ACKNOWLEDGE, AnswerAction.RESOLVE


def make_answer(action: AnswerAction = ACK, seconds: float = 60, **fields: object) -> tuple[Event, AnswerFact]:
    stated = {"incident_id": "INC-1", "page_id": "p1", "generation": 1, "via": Channel.SLACK, "user_id": "sara"}
    fact = AnswerFact.model_validate(stated | {"by": "sara", "action": action, "at": after(seconds)} | fields)
    event = make(
        "answer.given.v1", subject="p1", sequence=1, time=fact.at, data=fact, id=f"{action}-{seconds}-{fact.by}"
    )
    return event, fact


def reopened() -> Incident:
    over = resolve(make_incident(), ResolutionIn(), KENJI, after(100)).after
    return change(over, StatusIn(status=IncidentStatus.INVESTIGATING), KENJI, after(200), "call").after


def timed_out() -> Incident:
    return time_out(acknowledge(make_incident(), KENJI, after(70)).after, after(600), "event")


@pytest.mark.parametrize(
    "incident, answer, expected",
    [
        pytest.param(make_incident(), make_answer(), True, id="a first acknowledgement"),
        pytest.param(make_incident(), make_answer(RESOLVE), True, id="a resolution of what nobody took"),
        pytest.param(acknowledge(make_incident(), KENJI, after(1)).after, make_answer(), False, id="taken already"),
        pytest.param(
            acknowledge(make_incident(), KENJI, after(1)).after, make_answer(RESOLVE), True, id="taken, and now over"
        ),
        pytest.param(
            page_again(make_incident(), PageReason.REESCALATED, "x"),
            make_answer(),
            True,
            id="an older page, unanswered",
        ),
        pytest.param(timed_out(), make_answer(), False, id="told again after it ran out"),
        pytest.param(timed_out(), make_answer(generation=2), True, id="the page after it ran out"),
        pytest.param(
            resolve(make_incident(), ResolutionIn(), KENJI, after(1)).after, make_answer(), False, id="over already"
        ),
        pytest.param(reopened(), make_answer(RESOLVE, 90), False, id="a resolution told again after a reopening"),
        pytest.param(reopened(), make_answer(RESOLVE, 210), True, id="a resolution of what was reopened"),
    ],
)
def test_which_answers_count(incident: Incident, answer: tuple[Event, AnswerFact], expected: bool) -> None:
    assert counts(incident, answer[1]) is expected
    assert follow_answers(incident, [answer], after(900)).is_empty is not expected


MERGED = merge(make_incident(id="INC-0"), make_incident(), KENJI, after(100))[0].after
MERGED_TAKEN = merge(
    acknowledge(make_incident(id="INC-0"), KENJI, after(60)).after, make_incident(), KENJI, after(100)
)[0].after
MERGED_OVER = merge(
    resolve(make_incident(id="INC-0"), ResolutionIn(), KENJI, after(60)).after, make_incident(), KENJI, after(100)
)[0].after


@pytest.mark.parametrize(
    "merged, survivor, answer, expected",
    [
        pytest.param(MERGED, make_incident(), make_answer(seconds=120), True, id="taken after the merge"),
        pytest.param(MERGED, make_incident(), make_answer(seconds=90), True, id="taken before, heard of after it"),
        pytest.param(MERGED, make_incident(), make_answer(RESOLVE, 120), True, id="ended after the merge"),
        pytest.param(MERGED, make_incident(), make_answer(RESOLVE, 90), True, id="ended before, heard of after it"),
        pytest.param(
            MERGED,
            page_again(page_again(make_incident(), PageReason.REESCALATED, "x"), PageReason.REESCALATED, "y"),
            make_answer(seconds=120),
            True,
            id="generations are counted anew",
        ),
        pytest.param(
            MERGED, make_incident(), make_answer(seconds=120, paged_at=after(1)), True, id="a page of the merged one"
        ),
        pytest.param(
            MERGED, acknowledge(make_incident(), KENJI, after(99)).after, make_answer(seconds=120), False, id="taken"
        ),
        pytest.param(
            MERGED, timed_out(), make_answer(seconds=700, paged_at=after(60)), False, id="paged before it was taken"
        ),
        pytest.param(
            MERGED, timed_out(), make_answer(seconds=700, paged_at=after(80)), True, id="paged since it was taken"
        ),
        pytest.param(
            MERGED,
            resolve(make_incident(), ResolutionIn(), KENJI, after(110)).after,
            make_answer(RESOLVE, 120),
            False,
            id="the survivor is over",
        ),
        pytest.param(MERGED_TAKEN, make_incident(), make_answer(seconds=60), False, id="it took the merged one then"),
        pytest.param(MERGED_TAKEN, make_incident(), make_answer(seconds=120), True, id="pressed again after the merge"),
        pytest.param(MERGED_OVER, make_incident(), make_answer(RESOLVE, 60), False, id="it ended the merged one then"),
        pytest.param(MERGED_OVER, make_incident(), make_answer(RESOLVE, 120), True, id="ended again after the merge"),
    ],
)
def test_which_answers_to_a_merged_incidents_pages_count_for_the_survivor(
    merged: Incident, survivor: Incident, answer: tuple[Event, AnswerFact], expected: bool
) -> None:
    event, fact = answer
    told = [(event, fact.model_copy(update={"incident_id": "INC-0"}))]
    edit = follow_answers(survivor, told, after(900), {"INC-0": merged})
    assert edit.is_empty is not expected
    assert follow_answers(edit.after, told, after(901), {"INC-0": merged}).is_empty


def test_an_acknowledgement_has_its_givers_name_and_time() -> None:
    event, fact = make_answer()
    edit = follow_answers(make_incident(), [(event, fact)], after(61))
    taken = edit.after
    assert (taken.status, taken.acknowledged_by, taken.acknowledged_at) == ("acknowledged", "sara", after(60))
    assert (taken.assignees, taken.unanswered, edit.cause) == (["sara"], False, event)
    assert [(line.author, line.text) for line in edit.lines] == [("sara", "status triggered → acknowledged")]
    assert event_name(edit.before, edit.after) == "incident.acknowledged.v1"


def test_somebody_whom_nobody_knows_is_named_as_the_channel_calls_them_and_assigned_nothing() -> None:
    answer = make_answer(user_id=None, by="slack:UKENJI")
    taken = follow_answers(make_incident(), [answer], after(61)).after
    assert (taken.acknowledged_by, taken.assignees) == ("slack:UKENJI", [])


def test_a_clock_that_is_ahead_or_behind_gives_no_time_outside_the_incident() -> None:
    early, late = make_answer(seconds=-30), make_answer(seconds=3600)
    assert follow_answers(make_incident(), [early], after(61)).after.acknowledged_at == after(0)
    assert follow_answers(make_incident(), [late], after(61)).after.acknowledged_at == after(61)


ANSWERS = [
    make_answer(ACK, 60),
    make_answer(ACK, 61, by="kenji", user_id="kenji"),
    make_answer(RESOLVE, 70),
    make_answer(RESOLVE, 80, by="kenji", user_id="kenji"),
]


@given(st.permutations(ANSWERS * 2), st.sets(st.integers(1, 7), max_size=3))
def test_any_order_and_repetition_ends_in_the_same_status(told: list[tuple[Event, AnswerFact]], cuts: set[int]) -> None:
    incident = make_incident()
    edges = [0, *sorted(cuts), len(told)]
    for start, end in itertools.pairwise(edges):
        incident = follow_answers(incident, told[start:end], after(900)).after
    assert incident.status is IncidentStatus.RESOLVED
    assert follow_answers(incident, told, after(901)).is_empty


@given(st.permutations(ANSWERS[:2] * 2))
def test_of_acknowledgements_that_come_together_the_first_given_counts(told: list[tuple[Event, AnswerFact]]) -> None:
    taken = follow_answers(make_incident(), told, after(900)).after
    assert (taken.status, taken.acknowledged_by) == ("acknowledged", "sara")
