"""The engine's promise: whatever dies whenever, a script is begun at most once an attempt, and people make attempts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.automation.actions.contract import FailReason, StepEnd, Waits, WaitsFor
from services.automation.executions.answers import approve, cancel, complete, reject, retry
from services.automation.executions.execution import Actor, Execution, StepRun, StepState
from services.automation.executions.progress import LEASE, Doing, Next, advance, decide_next, is_in_hand
from services.automation.executions.step_outcome import Outcome, decide_end
from shared.events.automation import ExecutionState
from shared.problem import Problem
from tests.unit.automation.builders import NOON, make_runbook, step

pytestmark = pytest.mark.unit

SARA, KENJI = Actor(user_id="sara", name="sara"), Actor(user_id="kenji", name="kenji")
WAITING = {
    "manual": Waits(WaitsFor.PERSON, 60),
    "approval": Waits(WaitsFor.APPROVER, 60),
    "wait": Waits(WaitsFor.TIME, 5),
}


def make_execution(*steps: dict[str, Any], **changes: Any) -> Execution:
    """One that has just been made."""
    runbook = make_runbook(*steps)
    made = Execution(
        id="exe-1",
        runbook_id="r",
        runbook_version=1,
        runbook_name="R",
        incident_id="INC-1",
        starter=SARA,
        steps=runbook.steps,
        names=[one.name for one in runbook.steps],
        types=[one.type for one in runbook.steps],
        runs=[StepRun() for _ in runbook.steps],
        created_at=NOON,
        due_at=NOON,
    )
    first = next((n for n in range(len(made.steps)) if n not in made.helpers), 0)
    return made.changed(at=first, **changes)


def begun(execution: Execution, now: datetime = NOON) -> Execution:
    known = advance(decide_next(execution, now), now)
    assert known.doing is Doing.RUN
    return known.execution


def after(execution: Execution, ending: StepEnd | Waits | None = None, now: datetime = NOON) -> Next:
    return advance(decide_end(execution, Outcome(ending or StepEnd()), now), now)


LATER = NOON + LEASE


@pytest.mark.parametrize(
    "kind, changes, state, reason",
    [
        pytest.param("script", {}, StepState.FAILED, FailReason.OUTCOME_UNKNOWN, id="a script"),
        pytest.param("http", {"method": "POST"}, StepState.FAILED, FailReason.OUTCOME_UNKNOWN, id="a POST"),
        pytest.param("http", {}, StepState.RUNNING, None, id="a GET"),
        pytest.param("notify", {}, StepState.RUNNING, None, id="a message, which is told with its end"),
    ],
)
def test_what_a_dead_process_had_in_hand_is_unknown_or_begins_again(
    kind: str, changes: dict[str, Any], state: StepState, reason: FailReason | None
) -> None:
    running = begun(make_execution(step(kind, **changes)))
    assert decide_next(running, LATER - timedelta(seconds=1)).doing is Doing.REST, "it may still be in hand"
    known = advance(decide_next(running, LATER), LATER)
    assert (known.execution.run.state, known.execution.run.reason) == (state, reason)
    assert known.execution.run.attempt == (2 if state is StepState.RUNNING else 1)


def test_after_an_unknown_outcome_it_goes_on_where_the_step_says_so() -> None:
    running = begun(make_execution(step("script", on_failure="continue"), step("script", name="next")))
    known = advance(decide_next(running, LATER), LATER)
    assert known.doing is Doing.RUN
    assert [run.state for run in known.execution.runs] == [StepState.FAILED, StepState.RUNNING]


def test_a_dangerous_step_is_not_begun_before_somebody_else_agrees_also_when_it_goes_on() -> None:
    asked = advance(decide_next(make_execution(step("script", dangerous=True)), NOON), NOON).execution
    assert (asked.state, asked.run.waits_for, asked.run.attempt) == (ExecutionState.WAITING, WaitsFor.APPROVER, 0)
    with pytest.raises(Problem, match="Somebody else"):
        approve(asked, SARA, "", NOON)
    running = begun(approve(asked, KENJI, "", NOON).execution)
    failed = after(running, StepEnd(FailReason.EXIT_CODE, 1)).execution
    again = advance(retry(failed, KENJI, NOON), NOON).execution
    assert again.state is ExecutionState.WAITING, "what was agreed to was the attempt before"
    for who in (SARA, KENJI):
        with pytest.raises(Problem, match="Somebody else"):
            approve(again, who, "", NOON)
    assert begun(approve(again, Actor(user_id="noor"), "", NOON).execution).run.attempt == 2


def test_it_goes_on_from_the_step_that_failed_and_what_went_well_stays() -> None:
    first = begun(make_execution(step("script", name="a"), step("script", name="b"), step("script", name="c")))
    second = after(first).execution
    failed = after(second, StepEnd(FailReason.EXIT_CODE, 2)).execution
    assert (failed.state, failed.reason, failed.at) == (ExecutionState.FAILED, FailReason.EXIT_CODE, 1)
    assert "has failed with exit code 2" in failed.detail
    again = begun(retry(failed, KENJI, NOON).execution)
    assert [run.attempt for run in again.runs] == [1, 2, 0]
    ended = after(after(again).execution).execution
    assert ended.state is ExecutionState.SUCCEEDED


def test_a_step_that_runs_when_another_fails_runs_in_no_other_case_and_ends_it_as_failed() -> None:
    steps = (step("script", name="help"), step("script", name="a", on_failure={"run": "help"}), step("wait", name="b"))
    well = after(begun(make_execution(*steps))).execution
    assert well.runs[0].state is StepState.PENDING
    running = after(begun(make_execution(*steps)), StepEnd(FailReason.EXIT_CODE, 9)).execution
    assert (running.at, running.failed_at, running.run.state) == (0, 1, StepState.RUNNING)
    for ending in (StepEnd(), StepEnd(FailReason.EXIT_CODE, 1)):
        ended = after(running, ending).execution
        assert (ended.state, ended.at, ended.runs[1].exit_code) == (ExecutionState.FAILED, 1, 9)


def test_who_wants_it_to_end_is_heard_when_the_step_has_ended_and_at_once_where_none_runs() -> None:
    waiting = after(begun(make_execution(step())), WAITING["manual"]).execution
    assert cancel(waiting, SARA, NOON).state is ExecutionState.CANCELLED
    wanted = cancel(begun(make_execution(step("script"), step(name="b"))), SARA, NOON)
    assert (wanted.state, wanted.cancelled_by) == (ExecutionState.RUNNING, SARA)
    ended = decide_end(wanted, Outcome(None, 3, "out"), NOON).execution
    assert (ended.state, ended.run.state, ended.run.tail) == (ExecutionState.CANCELLED, StepState.CANCELLED, "out")
    assert advance(decide_next(wanted, LATER), LATER).execution.state is ExecutionState.CANCELLED
    assert cancel(ended, KENJI, NOON) == ended, "again is no other thing"


class World:
    """A store that is guarded by versions, processes that may die at any moment, and what ran for real."""

    def __init__(self, execution: Execution) -> None:
        self.stored = execution
        self.now = NOON
        self.ran: Counter[tuple[int, int]] = Counter()
        """How often a step's attempt was carried out, by its place and how often people had it go on."""
        self.holding: list[Execution] = []
        """What processes believe to have in hand."""

    def commit(self, before: Execution, changed: Execution) -> bool:
        if before.version != self.stored.version:
            return False
        self.stored = changed.changed(version=before.version + 1)
        return True

    def take_up(self, *, dies: str) -> None:
        """A process looks for what is due; it may die before or after its write."""
        seen = self.stored
        known = advance(decide_next(seen, self.now), self.now)
        if known.execution is seen or dies == "before the write":
            return
        if self.commit(seen, known.execution) and known.doing is Doing.RUN and dies != "after the write":
            self.carry_out(self.stored, dies=dies)

    def carry_out(self, mine: Execution, *, dies: str) -> None:
        self.ran[(mine.at, mine.attempt)] += not mine.step.is_repeatable
        if dies != "in the middle":
            self.holding.append(mine)

    def end(self, place: int, ending: StepEnd, *, dies: str) -> None:
        """One of those that have a step in hand is done with it, however late."""
        if not self.holding:
            return
        mine = self.holding.pop(place % len(self.holding))
        if not is_in_hand(self.stored, mine):
            return
        seen = self.stored
        outcome = Outcome(WAITING.get(mine.step.type, ending))
        known = advance(decide_end(seen, outcome, self.now), self.now)
        if dies == "before the write" or not self.commit(seen, known.execution):
            return
        if known.doing is Doing.RUN and dies != "after the write":
            self.carry_out(self.stored, dies=dies)

    def say(self, word: str) -> None:
        """Somebody does something with it, at any time."""
        seen = self.stored
        try:
            match word:
                case "approve":
                    told = approve(seen, KENJI, "", self.now).execution
                case "reject":
                    told = reject(seen, KENJI, "", self.now).execution
                case "complete":
                    told = complete(seen, seen.at + 1, KENJI, "", self.now, is_done=True).execution
                case "cancel":
                    told = cancel(seen, KENJI, self.now)
                case _:
                    told = retry(seen, KENJI, self.now).execution
        except Problem:
            return
        self.commit(seen, told)


STEPS = st.lists(
    st.builds(
        lambda kind, dangerous, fails: step(kind, dangerous=dangerous, on_failure=fails),
        st.sampled_from(["script", "http", "notify", "manual", "approval", "wait"]),
        st.booleans(),
        st.sampled_from(["stop", "continue"]),
    ),
    min_size=1,
    max_size=4,
)
DEATHS = st.sampled_from(["", "", "before the write", "after the write", "in the middle"])
MOMENTS = st.one_of(
    st.tuples(st.just("take up"), DEATHS),
    st.tuples(st.just("end"), st.integers(0, 3), st.sampled_from([None, FailReason.EXIT_CODE]), DEATHS),
    st.tuples(st.just("say"), st.sampled_from(["approve", "reject", "complete", "cancel", "retry"])),
    st.tuples(st.just("pass"), st.sampled_from([1, 20, 4000])),
)


@settings(max_examples=400)
@given(STEPS, st.lists(MOMENTS, max_size=60))
def test_no_script_runs_twice_whatever_dies_whenever_and_it_always_ends(
    steps: list[dict[str, Any]], moments: list[tuple[Any, ...]]
) -> None:
    named = [{**one, "name": f"{n}"} for n, one in enumerate(steps)]
    world = World(make_execution(*named))
    for moment in moments:
        match moment:
            case ("take up", dies):
                world.take_up(dies=dies)
            case ("end", place, reason, dies):
                world.end(place, StepEnd(reason), dies=dies)
            case ("say", word):
                world.say(word)
            case ("pass", seconds):
                world.now += timedelta(seconds=seconds)
    assert not [key for key, times in world.ran.items() if times > 1]
    for _ in range(40):  # nobody dies or says anything any more
        world.now += timedelta(days=8)
        world.take_up(dies="")
        while world.holding:
            world.end(0, StepEnd(), dies="")
    assert world.stored.state.is_over
    assert not [key for key, times in world.ran.items() if times > 1]
