"""What an answer from a message does to an execution: it counts for its own waiting, once, and not from who started."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.automation.actions.contract import FailReason
from services.automation.approvals.decision import Answer, decide_answer, is_asked, refusal
from services.automation.executions.answers import retry
from services.automation.executions.execution import Actor, Execution
from services.automation.executions.facts import approval_fact
from services.automation.executions.progress import Doing, advance, decide_next
from shared.events.automation import ApprovalOutcome, ExecutionState
from shared.problem import Problem
from tests.unit.automation.builders import NOON, step
from tests.unit.automation.executions.test_progress import make_execution

pytestmark = pytest.mark.unit

SARA, KENJI = Actor(user_id="sara", name="sara"), "kenji"


def waiting(**changes: object) -> Execution:
    """An execution whose dangerous script waits for somebody to approve."""
    made = make_execution(step("script", dangerous=True, approval_seconds=600), starter=SARA, **changes)
    known = advance(decide_next(made, NOON), NOON)
    assert (known.doing, known.execution.needs_approval) == (Doing.REST, True)
    return known.execution


def answer(execution: Execution, by: str = KENJI, *, approve: bool = True, id: str | None = "a1") -> Answer:
    """By default the one that approves."""
    assert execution.run.waits_until is not None
    return Answer(execution.id, execution.at + 1, execution.run.waits_until, by, approve, id)


def settled(before: Execution, after: Execution) -> ApprovalOutcome | None:
    fact = approval_fact(before, after, NOON)
    return fact.outcome if fact is not None else None


def test_an_approval_has_the_step_run_and_carries_who_gave_it() -> None:
    before = waiting()
    after = decide_answer(before, answer(before), NOON)
    assert (after.state, after.run.approved_by) == (ExecutionState.RUNNING, Actor(user_id=KENJI, name=KENJI))
    fact = approval_fact(before, after, NOON)
    assert fact is not None
    assert (fact.outcome, fact.user_id, fact.answer_id) == (ApprovalOutcome.APPROVED, KENJI, "a1")


def test_a_rejection_fails_the_step_also_from_who_started_it() -> None:
    before = waiting()
    after = decide_answer(before, answer(before, "sara", approve=False), NOON)
    assert (after.state, after.reason, settled(before, after)) == (
        ExecutionState.FAILED, FailReason.REJECTED, ApprovalOutcome.REJECTED,
    )  # fmt: skip


def test_who_started_it_does_not_approve_of_it() -> None:
    before = waiting()
    with pytest.raises(Problem) as refused:
        decide_answer(before, answer(before, "sara"), NOON)
    assert (refused.value.status, refused.value.code) == (403, "own_approval")
    fact = refusal(before, answer(before, "sara"), refused.value.code, NOON)
    assert (fact.outcome, fact.code, fact.step_name) == (ApprovalOutcome.REFUSED, "own_approval", "script")


def test_the_same_answer_told_twice_decides_once_and_another_one_is_too_late() -> None:
    before = waiting()
    after = decide_answer(before, answer(before), NOON)
    assert decide_answer(after, answer(before), NOON) == after
    with pytest.raises(Problem) as refused:
        decide_answer(after, answer(before, id="a2"), NOON)
    assert refused.value.code == "not_waiting"


def test_an_answer_to_a_waiting_that_is_over_does_not_count_for_the_next_one() -> None:
    first = waiting()
    old = answer(first, id=None)
    rejected = decide_answer(first, answer(first, approve=False), NOON)
    later = NOON + timedelta(minutes=1)
    again = advance(decide_next(retry(rejected, SARA, later).execution, later), later).execution
    assert again.needs_approval
    assert not is_asked(again, old.n, old.until)
    with pytest.raises(Problem):
        decide_answer(again, old, later)
    assert decide_answer(again, answer(again), later).state is ExecutionState.RUNNING


def test_after_its_time_nothing_counts() -> None:
    before = waiting()
    until = NOON + timedelta(seconds=600)
    with pytest.raises(Problem):
        decide_answer(before, answer(before), until)
    expired = decide_next(before, until).execution
    assert settled(before, expired) is ApprovalOutcome.EXPIRED


@given(st.integers(0, 999))
def test_what_a_database_keeps_of_a_time_is_enough(micros: int) -> None:
    before = waiting()
    asked = before.with_run(0, waits_until=NOON.replace(microsecond=5000 + micros))
    assert is_asked(asked, 1, NOON.replace(microsecond=5000))
