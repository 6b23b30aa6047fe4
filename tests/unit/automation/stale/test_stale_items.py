"""Runbooks that wait for an approver."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.automation.actions.contract import WaitsFor
from services.automation.executions.execution import Actor, Execution, StepRun, StepState
from services.automation.stale.stale_items import waiting_items
from shared.events.automation import ExecutionState
from tests.unit.automation.builders import NOON, make_runbook, step

pytestmark = pytest.mark.unit


def waiting(on: WaitsFor, *before: StepRun) -> Execution:
    runbook = make_runbook(step(), step("script", "clean", dangerous=True))
    return Execution(
        id="exe-1",
        runbook_id="r",
        runbook_version=1,
        runbook_name="Disk full",
        incident_id="INC-1",
        incident_team="payments",
        starter=Actor(user_id="sara", name="sara"),
        steps=runbook.steps,
        names=[one.name for one in runbook.steps],
        types=[one.type for one in runbook.steps],
        runs=[*(before or [StepRun()]), StepRun(state=StepState.WAITING, waits_for=on)],
        at=1,
        state=ExecutionState.RUNNING if on is WaitsFor.TIME else ExecutionState.WAITING,
        created_at=NOON,
        due_at=NOON,
    )


def test_it_is_told_since_the_step_before_had_ended_and_says_how_to_end_it() -> None:
    ended = NOON + timedelta(minutes=4)
    (item,) = waiting_items([waiting(WaitsFor.APPROVER, StepRun(ended_at=ended))])
    assert (item.kind, item.subject, item.since, item.team) == ("runbook_waiting", "exe-1", ended, "payments")
    assert (item.title, item.method, item.path) == ("Disk full: clean", "POST", "/executions/exe-1/approve")


def test_nothing_before_it_has_ended_so_it_waits_since_it_was_made() -> None:
    (item,) = waiting_items([waiting(WaitsFor.APPROVER)])
    assert item.since == NOON


@pytest.mark.parametrize("on", [WaitsFor.PERSON, WaitsFor.TIME])
def test_work_of_a_person_and_time_are_not_forgotten(on: WaitsFor) -> None:
    assert waiting_items([waiting(on)]) == []
