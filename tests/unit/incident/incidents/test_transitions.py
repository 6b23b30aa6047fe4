"""Statuses: one table, walked at random, never reaches what it does not allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.incidents.commands import (
    Actor,
    IncidentIn,
    ResolutionIn,
    StatusIn,
    acknowledge,
    begin,
    change,
    resolve,
)
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Alerts, Incident, Reopening
from services.incident.incidents.transitions import Move, judge_move
from services.incident.response.escalation_news import follow_escalation
from shared.problem import Problem
from shared.vocabulary import IncidentStatus, PageReason, Severity
from tests.unit.incident.builders import NOW, after, make_escalation, make_incident

S = IncidentStatus
WORKING = (S.ACKNOWLEDGED, S.INVESTIGATING, S.IDENTIFIED, S.MONITORING)
SARA = Actor("sara", "sara")

#: the model of behaviour.md section 3, said once more in other words
ALLOWED = {
    S.TRIGGERED: {*WORKING, S.RESOLVED},
    **{status: {*WORKING, S.RESOLVED} - {status} for status in WORKING},
    S.RESOLVED: {S.CLOSED, S.INVESTIGATING},
    S.CLOSED: set(),
}


@pytest.mark.parametrize("came", S, ids=str)
@pytest.mark.parametrize("to", S, ids=str)
def test_a_person_may_move_as_the_rules_say_and_no_other_way(came: S, to: S) -> None:
    move = judge_move(came, to)
    if came is to:
        assert move is Move.SAME
    else:
        assert (move is not None) == (to in ALLOWED[came])


@pytest.mark.parametrize("came", S, ids=str)
def test_only_an_acknowledgement_that_timed_out_goes_back_to_triggered(came: S) -> None:
    allowed = judge_move(came, S.TRIGGERED, timed_out=True) not in (None, Move.SAME)
    assert allowed == (came is S.ACKNOWLEDGED)


def test_an_illegal_move_names_from_and_to() -> None:
    with pytest.raises(Problem) as raised:
        change(make_incident(status=S.CLOSED), StatusIn(status=S.MONITORING), SARA, NOW, "c")
    assert raised.value.status == 409
    assert raised.value.code == "illegal_transition"
    assert raised.value.body()["from"] == "closed"
    assert raised.value.body()["to"] == "monitoring"


STEPS = st.lists(
    st.one_of(
        st.just("ack"),
        st.just("resolve"),
        st.just("timeout"),
        st.sampled_from(list(S)),
        st.sampled_from(list(Severity)),
    ),
    max_size=30,
)


def _act(incident: Incident, step: object, second: int) -> Edit | None:
    """What the step does; None when it is refused."""
    try:
        return _decide(incident, step, second)
    except Problem:
        return None


def _decide(incident: Incident, step: object, second: int) -> Edit:
    now = after(second)
    match step:
        case "ack":
            return acknowledge(incident, SARA, now)
        case "resolve":
            return resolve(incident, ResolutionIn(), SARA, now)
        case "timeout":
            generation = incident.paging.generation
            return follow_escalation(
                incident, [make_escalation(second, ack_timed_out=True, generation=generation)], now
            )
        case IncidentStatus():
            return change(incident, StatusIn(status=step), SARA, now, f"c{second}")
        case _:
            return change(incident, StatusIn(severity=Severity(str(step))), SARA, now, f"c{second}")


@given(STEPS)
def test_no_walk_leaves_the_rules(steps: list[object]) -> None:
    incident = begin(IncidentIn(title="x"), "INC-20261121-0001", None, actor=SARA, now=NOW, cause="c").after
    for second, step in enumerate(steps, start=1):
        edit = _act(incident, step, second)
        if edit is None:
            continue
        moved = edit.after
        if moved.status is not incident.status:
            timed_out = step == "timeout" and (incident.status, moved.status) == (S.ACKNOWLEDGED, S.TRIGGERED)
            assert timed_out or moved.status in ALLOWED[incident.status]
        assert set(incident.first_entered.items()) <= set(moved.first_entered.items())
        assert moved.status in moved.first_entered
        assert 0 <= moved.paging.answered <= moved.paging.generation
        assert moved.paging.generation >= incident.paging.generation
        assert (moved.resolved_at is not None) == (not moved.status.is_open)
        if incident.acknowledged_at is not None:
            assert moved.acknowledged_at == incident.acknowledged_at
        if moved.status is S.TRIGGERED:
            assert moved.unanswered
        incident = moved.model_copy(update={"version": incident.version + (not edit.is_empty)})


@pytest.mark.parametrize("to", WORKING, ids=str)
def test_any_move_away_from_triggered_is_the_acknowledgement(to: S) -> None:
    moved = change(make_incident(), StatusIn(status=to), SARA, after(60), "c").after
    assert (moved.acknowledged_at, moved.acknowledged_by) == (after(60), "sara")
    assert not moved.unanswered
    assert moved.assignees == ["sara"]


def test_acknowledging_what_is_taken_changes_nothing() -> None:
    taken = acknowledge(make_incident(), SARA, after(1)).after
    assert acknowledge(taken, SARA, after(2)).is_empty


def test_acknowledging_does_not_set_work_back() -> None:
    working = change(make_incident(), StatusIn(status=S.IDENTIFIED), SARA, after(1), "c").after
    assert acknowledge(working, SARA, after(2)).is_empty


def test_severity_that_rises_to_critical_pages_again_and_taking_it_in_the_same_call_answers() -> None:
    taken = acknowledge(make_incident(), SARA, after(1)).after
    worse = change(taken, StatusIn(severity=Severity.CRITICAL), SARA, after(2), "cause").after
    assert (worse.paging.generation, worse.paging.reason, worse.paging.cause) == (2, PageReason.REESCALATED, "cause")
    assert worse.unanswered
    assert worse.status is S.ACKNOWLEDGED
    both = change(taken, StatusIn(severity=Severity.CRITICAL, status=S.ACKNOWLEDGED), SARA, after(2), "cause").after
    assert both.paging.generation == 2
    assert not both.unanswered


def test_a_severity_that_was_critical_already_does_not_page_again() -> None:
    critical = make_incident(severity=Severity.CRITICAL, priority="critical")
    assert change(critical, StatusIn(severity=Severity.CRITICAL), SARA, NOW, "c").after.paging.generation == 1


def test_a_resolved_incident_does_not_page_for_its_severity() -> None:
    resolved = resolve(make_incident(), ResolutionIn(), SARA, after(1)).after
    assert change(resolved, StatusIn(severity=Severity.CRITICAL), SARA, after(2), "c").after.paging.generation == 1


def test_a_reopen_starts_a_new_record_and_pages_nobody() -> None:
    resolved = resolve(make_incident(), ResolutionIn(), SARA, after(100)).after
    again = change(resolved, StatusIn(status=S.INVESTIGATING), SARA, after(200), "c").after
    assert not again.unanswered
    assert (again.resolved_at, again.resolved_by) == (None, None)
    assert again.sla.started_at == after(200)
    assert [record.started_at for record in again.past_sla] == [NOW]
    assert again.past_sla[0].resolved_at == after(100)


def test_a_reopened_incident_says_so_and_keeps_how_many_alerts_it_had() -> None:
    had = make_incident(group_id="g1", alerts=Alerts(count=2, last="0a"))
    resolved = resolve(had, ResolutionIn(), SARA, after(1)).after
    assert resolved.fact().reopened_at is None
    again = change(resolved, StatusIn(status=S.INVESTIGATING), SARA, after(2), "c").after
    assert again.reopened == Reopening(at=after(2), alerts=2)
    assert (again.fact().reopened_at, again.fact().last_joined) == (after(2), "0a")


def test_resolving_again_keeps_what_was_learnt_later() -> None:
    resolved = resolve(make_incident(), ResolutionIn(root_cause="logs"), SARA, after(1)).after
    later = resolve(resolved, ResolutionIn(preventive_measures=["rotate"]), SARA, after(2)).after
    assert (later.root_cause, later.preventive_measures, later.resolved_at) == ("logs", ["rotate"], after(1))
