"""One request for an approval: whatever is heard in whichever order, it ends the same, and nobody is asked too late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.comms.approvals.approval_request import (
    MOST_PRESSES,
    ApprovalRequest,
    PendingPress,
    SlackMessage,
    after_trouble,
    apply_settled,
    decided_request,
    is_to_post,
    is_to_update,
    new_request,
    request_id,
    with_press,
)
from services.comms.delivery.outcome import busy, down, refused
from shared.events.automation import ApprovalFact, ApprovalOutcome, ExecutionState
from shared.testing.response_examples import execution
from tests.unit.comms.builders import NOON

pytestmark = pytest.mark.unit

FACT = execution(ExecutionState.WAITING)
SARA, ROOM = SlackMessage(user_id="sara"), SlackMessage(channel="C1")


def make_request(*places: SlackMessage) -> ApprovalRequest:
    """The request of the example, asked in these places."""
    assert FACT.waiting is not None
    waiting = FACT.waiting.changed(until=NOON + timedelta(hours=1))
    return new_request(FACT, waiting, "Disk is full", list(places), NOON)


def settled(request: ApprovalRequest, outcome: ApprovalOutcome, **changes: object) -> ApprovalFact:
    return ApprovalFact(
        execution_id=request.execution_id,
        incident_id=request.incident_id,
        runbook_name=request.runbook_name,
        n=request.n,
        step_name=request.step_name,
        until=request.until,
        outcome=outcome,
        user_id="kenji",
        by="kenji",
        at=NOON,
    ).changed(**changes)


def test_what_is_asked_is_due_where_there_is_slack_and_not_where_there_is_none() -> None:
    assert make_request(SARA, ROOM).due_at == NOON
    assert make_request().due_at is None


def test_a_message_is_posted_while_it_is_of_use() -> None:
    request = make_request(SARA)
    assert is_to_post(request, SARA, NOON)
    assert not is_to_post(request, SARA, request.until)
    assert not is_to_post(request, SARA.changed(reference="D1/1.1"), NOON)
    decided = apply_settled(request, settled(request, ApprovalOutcome.APPROVED), NOON)
    assert not is_to_post(decided, SARA, NOON)


def test_what_was_decided_is_shown_where_it_was_asked_and_the_first_decision_stays() -> None:
    request = make_request(SARA).with_message("sara", reference="D1/1.1").changed(due_at=None)
    decided = apply_settled(request, settled(request, ApprovalOutcome.APPROVED), NOON)
    assert (decided.due_at, is_to_update(decided, decided.messages[0])) == (NOON, True)
    shown = decided.with_message("sara", shows_end=True)
    assert not is_to_update(shown, shown.messages[0])
    assert apply_settled(decided, settled(request, ApprovalOutcome.EXPIRED), NOON) == decided


def test_an_answer_that_did_not_count_ends_nothing_and_its_press_is_forgotten() -> None:
    request = with_press(make_request(SARA), PendingPress(answer_id="a1", sealed_url="x", locale="ja"))
    after = apply_settled(request, settled(request, ApprovalOutcome.REFUSED, answer_id="a1"), NOON)
    assert (after.decided, after.presses) == (None, [])


def test_a_press_is_noted_once_and_no_more_than_so_many_are() -> None:
    request = make_request(SARA)
    for number in (0, *range(MOST_PRESSES + 5)):
        request = with_press(request, PendingPress(answer_id=f"a{number}", sealed_url="x", locale="en"))
    assert len(request.presses) == MOST_PRESSES
    assert request.presses[-1].answer_id == f"a{MOST_PRESSES + 4}"


def test_what_is_decided_before_it_is_heard_of_is_a_mark_under_the_same_id() -> None:
    request = make_request(SARA)
    mark = decided_request(settled(request, ApprovalOutcome.CANCELLED))
    assert (mark.id, mark.due_at) == (request.id, None)
    assert request_id(request.execution_id, request.n, request.until + timedelta(microseconds=900)) == request.id


@pytest.mark.parametrize(
    "outcome, is_again",
    [
        pytest.param(down("away"), True, id="an outage is waited out"),
        pytest.param(busy("slowly"), True, id="so is a limit"),
        pytest.param(refused("no such person"), False, id="a refusal is final, for this place alone"),
    ],
)
def test_what_follows_trouble(outcome: object, is_again: bool) -> None:
    request = make_request(SARA, ROOM).changed(due_at=None)
    after = after_trouble(request, "sara", outcome, NOON, 0.5)  # type: ignore[arg-type]
    assert (after.due_at is not None) is is_again
    assert [one.given_up for one in after.messages] == [not is_again, False]
