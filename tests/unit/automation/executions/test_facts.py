"""What on-call is told of runbooks for which pages wait: their beginning and their end, with what failed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.automation.actions.contract import FailReason, StepEnd
from services.automation.executions.answers import approve, cancel, reject, retry
from services.automation.executions.execution import Actor, Execution
from services.automation.executions.facts import holding_run
from services.automation.executions.filling import not_begun
from services.automation.executions.progress import advance, decide_next
from services.automation.executions.step_outcome import Outcome, decide_end
from shared.events.automation import MOST_OF_OUTPUT, ExecutionState
from tests.unit.automation.builders import NOON, step
from tests.unit.automation.executions.test_progress import make_execution

pytestmark = pytest.mark.unit

KENJI = Actor(user_id="kenji", name="kenji")


def triggered(**changes: object) -> Execution:
    fields = {"starter": Actor(), "is_triggered": True, "hold_pages_seconds": 120, **changes}
    return make_execution(step("script", name="Clean"), step("script", name="Check"), **fields)


def begun(execution: Execution) -> Execution:
    return advance(decide_next(execution, NOON), NOON).execution


def ended(execution: Execution, reason: FailReason | None, text: str = "") -> Execution:
    outcome = Outcome(StepEnd(reason, exit_code=0 if reason is None else 3), len(text), text[-4000:])
    return advance(decide_end(execution, outcome, NOON), NOON).execution


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"is_triggered": False}, id="a person's"),
        pytest.param({"dry_run": True}, id="only shown, as in a drill"),
        pytest.param({"hold_pages_seconds": 0}, id="one that nothing waits for"),
    ],
)
def test_on_call_hears_of_none_that_no_page_waits_for(changes: dict[str, object]) -> None:
    made = triggered(**changes)
    assert holding_run(None, made, NOON) is None
    assert holding_run(begun(made), ended(begun(made), FailReason.EXIT_CODE), NOON) is None


def test_it_hears_of_the_beginning_and_the_end_and_of_nothing_between() -> None:
    made = triggered()
    first = begun(made)
    second = ended(first, None, "all is well")
    told = [holding_run(None, made, NOON), holding_run(made, first, NOON), holding_run(first, second, NOON)]
    assert [one.state if one is not None else None for one in told] == [ExecutionState.RUNNING, None, None]
    run = holding_run(second, ended(second, None), NOON)
    assert run is not None
    assert (run.state, run.step, run.output) == (ExecutionState.SUCCEEDED, 0, "")


def test_of_a_failure_it_hears_the_step_and_the_end_of_what_that_wrote() -> None:
    second = ended(begun(triggered()), None, "the first")
    run = holding_run(
        second, ended(second, FailReason.EXIT_CODE, "x" * 600 + "\nno space\n"), NOON + timedelta(seconds=3)
    )
    assert run is not None
    assert (run.state, run.step, run.step_name, run.exit_code) == (ExecutionState.FAILED, 2, "Check", 3)
    assert (len(run.output), run.output[-8:], run.output_is_whole) == (MOST_OF_OUTPUT, "no space", False)


def test_what_was_not_begun_cancelled_or_rejected_has_no_output() -> None:
    made = triggered()
    quiet = not_begun(made, ExecutionState.CANCELLED, FailReason.QUIET_TIME, "It is quiet.", NOON)
    run = holding_run(None, quiet, NOON)
    assert run is not None
    assert (run.state, run.reason, run.detail, run.step) == ("cancelled", "quiet_time", "It is quiet.", 0)
    asked = begun(make_execution(step("script", dangerous=True), is_triggered=True, hold_pages_seconds=9))
    for over in (cancel(asked, KENJI, NOON), reject(asked, KENJI, "Not now.", NOON).execution):
        run = holding_run(asked, over, NOON)
        assert run is not None
        assert (run.state in ("cancelled", "failed"), run.step, run.output) == (True, 1, "")
    assert holding_run(asked, approve(asked, KENJI, "", NOON).execution, NOON) is None


def test_that_somebody_has_it_go_on_is_told_as_another_attempt() -> None:
    failed = ended(begun(triggered()), FailReason.EXIT_CODE)
    run = holding_run(failed, retry(failed, KENJI, NOON).execution, NOON)
    assert run is not None
    assert (run.state, run.attempt) == (ExecutionState.RUNNING, 2)
