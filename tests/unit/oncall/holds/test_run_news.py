"""What becomes of a runbook ends the hold or leaves it; whatever the order, there is one plan, and one first page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.oncall.escalation.escalation import Reason
from services.oncall.escalation.explanation import account
from shared.events.automation import HoldingRun
from shared.events.incidents import IncidentFact
from shared.events.oncall import EscalationState
from shared.vocabulary import PageReason
from tests.unit.oncall.escalations import (
    START,
    Walk,
    make_directory,
    make_incident,
    make_policy,
    make_run,
    make_runbook,
)

pytestmark = pytest.mark.unit

FIRST_PAGES = ["a/mail 1.0", "a/hook 1.0"]


def held(*holds: tuple[str, int]) -> Walk:
    runbooks = [make_runbook(name, hold=seconds) for name, seconds in holds or [("clean", 120)]]
    return Walk(make_directory(make_policy("user:a", "user:b"), runbooks=runbooks))


@pytest.mark.parametrize(
    "run, why",
    [
        (make_run("failed", reason="exit_code", detail="Step 1 has failed."), Reason.RUNBOOK_FAILED),
        (make_run("failed", reason="rejected"), Reason.RUNBOOK_FAILED),
        (make_run("failed", reason="approval_expired"), Reason.RUNBOOK_FAILED),
        (make_run("cancelled", reason="cancelled"), Reason.RUNBOOK_FAILED),
        (make_run("cancelled", reason="quiet_time", detail="It is quiet."), Reason.RUNBOOK_NOT_BEGUN),
        (make_run("failed", reason="no_value"), Reason.RUNBOOK_NOT_BEGUN),
        (make_run("running", attempt=2, version=3), Reason.RUNBOOK_FAILED),
    ],
)
def test_what_did_not_do_without_people_pages_them_at_once(run: HoldingRun, why: Reason) -> None:
    walk = held().hear(make_incident()).wait(10).hear_run(run)
    assert walk.written() == FIRST_PAGES
    assert walk.pages[0].requested_at == START + timedelta(seconds=10)
    assert walk.state.hold is not None
    assert walk.state.hold.end is why
    assert walk.pages[0].runbook is not None
    assert (walk.pages[0].runbook.name, walk.pages[0].runbook.detail) == ("Clean", run.detail)


def test_all_pages_of_the_generation_say_what_failed_and_how_its_output_ended() -> None:
    run = make_run("failed", step=1, step_name="Remove", exit_code=1, output="rm: Read-only file system")
    walk = held().hear(make_incident()).hear_run(run).wait(300)
    assert [page.runbook.output for page in walk.pages if page.runbook] == ["rm: Read-only file system"] * 4
    walk.hear(make_incident(answered=1)).hear(make_incident(2, 1))
    assert walk.pages[-1].runbook is None


@pytest.mark.parametrize("state", ["running", "waiting", "succeeded"])
def test_what_goes_on_or_ended_well_leaves_the_hold_as_it_is(state: str) -> None:
    walk = held().hear(make_incident()).wait(10).hear_run(make_run(state)).wait(109)
    assert walk.pages == []
    assert walk.wait(1).written() == FIRST_PAGES


def test_one_failure_of_several_is_enough_and_another_incident_is_none() -> None:
    walk = held(("a", 60), ("b", 300)).hear(make_incident())
    walk.hear_run(make_run("failed", "other"))
    assert walk.pages == []
    walk.hear_run(make_run("succeeded", "b")).hear_run(make_run("failed", "a"))
    assert walk.written() == FIRST_PAGES


def test_a_runbook_that_ran_for_an_alert_that_joined_before_is_not_waited_for() -> None:
    walk = held().hear(make_incident(service_id="shop"))
    assert walk.written() == FIRST_PAGES
    walk.hear_run(make_run("succeeded", created_at=START + timedelta(seconds=5))).hear(make_incident(answered=1))
    later = START + timedelta(seconds=60)
    again = make_incident(2, 1, status="acknowledged", reason=PageReason.NEW_ALERT, caused=later)
    walk.wait(60).hear(again)
    assert walk.written() == FIRST_PAGES * 2
    assert walk.state.hold is not None
    assert walk.state.hold.end is Reason.RUNBOOK_RAN_BEFORE


def test_explain_says_that_it_ended_well_and_that_it_failed() -> None:
    walk = held().hear(make_incident()).wait(10).hear_run(make_run("succeeded")).hear_run(make_run("succeeded"))
    said = [line.sentence for line in account(walk.state, walk.directory, {}).lines]
    well = "The runbook “Clean” ended well; the first page waited on, until 2026-06-01 12:02:00 UTC, for the alerts"
    assert [one for one in said if one.startswith(well)] == [f"{well} to end."]
    walk = held().hear(make_incident()).hear_run(make_run("failed", detail="Step 1 has failed."))
    said = [line.sentence for line in account(walk.state, walk.directory, {}).lines]
    assert "The runbook “Clean” failed, so nobody waited any longer: Step 1 has failed." in said


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[int, IncidentFact | HoldingRun, int]]:
    """What is told from the opening on, as (seconds, fact, sequence of the incident's), the runbooks hold 60 and 120 s.

    Runs are told of from the opening on, incidents end or are answered at most once.
    """
    told: list[tuple[int, IncidentFact | HoldingRun, int]] = [(0, make_incident(), 1)]
    times = st.integers(min_value=0, max_value=150)
    for name in ("short", "long"):
        at = draw(times)
        told.append((0, make_run("running", name), 0))
        state = draw(st.sampled_from(["running", "succeeded", "failed", "cancelled"]))
        if state != "running":
            told.append((at, make_run(state, name, at=START + timedelta(seconds=at)), 0))
    if ending := draw(st.sampled_from(["", "resolved", "acknowledged"])):
        answered = 1 if ending == "acknowledged" else 0
        told.append((draw(times), make_incident(answered=answered, status=ending), 2))
    return told


def play(told: list[tuple[int, IncidentFact | HoldingRun, int]]) -> Walk:
    walk = held(("short", 60), ("long", 120))
    for at, fact, sequence in told:
        passed = (walk.now - START).total_seconds()
        if at > passed:
            if walk.escalation is None:
                walk.now = START + timedelta(seconds=at)
            else:
                walk.wait(at - passed)
        walk = walk.hear_run(fact) if isinstance(fact, HoldingRun) else walk.hear(fact, sequence)
    return walk.wait(120)


def expected_at(told: list[tuple[int, IncidentFact | HoldingRun, int]]) -> int | None:
    """When the first step begins, in seconds; None: never."""
    bad = [at for at, fact, _ in told if isinstance(fact, HoldingRun) and fact.state in ("failed", "cancelled")]
    ends = [at for at, fact, sequence in told if sequence == 2]
    begins = min([120, *bad])
    return None if ends and ends[0] < begins else begins


@given(stories(), st.randoms(use_true_random=False))
def test_whatever_happens_in_whatever_order_there_is_one_first_page_at_its_time_or_none(
    told: list[tuple[int, IncidentFact | HoldingRun, int]], dice: Any
) -> None:
    ends = {at for at, _, sequence in told if sequence == 2}
    begins = expected_at([one for one in told if one[2] != 2])
    # what is told at the same second may come in any order, and twice; who is faster then is nobody's promise
    if begins in ends:
        return
    again = [one for one in told for _ in range(dice.choice([1, 1, 2]))]
    dice.shuffle(again)
    walk = play(sorted(again, key=lambda one: one[0]))
    first = [page for page in walk.pages if (page.step, page.round) == (1, 0)]
    at = expected_at(told)
    assert [page.method.id for page in first] == ([] if at is None else ["mail", "hook"])
    assert {page.requested_at for page in first} == (set() if at is None else {START + timedelta(seconds=at)})
    assert len({page.page_id for page in walk.pages}) == len(walk.pages)


@given(stories(), st.randoms(use_true_random=False))
def test_news_that_come_all_at_once_in_any_order_end_in_the_same_plan(
    told: list[tuple[int, IncidentFact | HoldingRun, int]], dice: Any
) -> None:
    at_once = [(0, fact, sequence) for _, fact, sequence in told]
    shuffled = at_once[:]
    dice.shuffle(shuffled)
    plans = []
    for order in (at_once, shuffled):
        walk = held(("short", 60), ("long", 120))
        for _, fact, sequence in order:
            walk = walk.hear_run(fact) if isinstance(fact, HoldingRun) else walk.hear(fact, sequence)
        ended = any(sequence == 2 for _, _, sequence in told)
        bad = any(isinstance(fact, HoldingRun) and fact.state in ("failed", "cancelled") for _, fact, _ in told)
        plans.append((walk.state.state, walk.state.is_held))
        assert walk.state.is_held is not (ended or bad)
        if ended:
            assert walk.state.state in (EscalationState.ENDED, EscalationState.ANSWERED)
        else:
            assert bool(walk.pages) is bad
    assert plans[0] == plans[1]
