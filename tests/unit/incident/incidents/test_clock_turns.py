"""Clocks turn once each: by time, by what people do, by a new priority, anew after a reopen."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.incidents.clock_turns import turn_clocks
from services.incident.incidents.commands import Actor, ResolutionIn, StatusIn, acknowledge, change, resolve
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.sla.priorities import CRITERIA, is_unusual, priorities
from services.incident.sla.record import read_resolution, read_response
from services.incident.timers.due import end_due
from shared.events.command import ClockState, SlaTurned
from shared.vocabulary import Category, IncidentStatus, Priority
from tests.unit.incident.builders import NOW, after, make_incident

MONA = Actor("mona", "mona")
CRITICAL = make_incident(priority=Priority.CRITICAL)


def turns(edit: Edit) -> list[tuple[str, str]]:
    facts = [one.data for one in edit.news if isinstance(one.data, SlaTurned)]
    return [(fact.clock.value, fact.state.value) for fact in facts]


def walked(incident: Incident, until: float) -> list[tuple[float, list[tuple[str, str]]]]:
    """What turns by time alone, each at the second at which it was due."""
    found = []
    while incident.due_at is not None and incident.due_at <= after(until):
        edit = end_due(incident, incident.due_at)
        found.append(((edit.at - NOW).total_seconds(), turns(edit)))
        incident = edit.after
    return found


def test_an_untouched_incident_turns_at_eighty_percent_and_past_each_deadline() -> None:
    told = [(round(second, 1), what) for second, what in walked(CRITICAL, 100_000)]
    assert told == [
        (240.0, [("response", "at_risk")]),
        (300.0, [("response", "breached")]),
        (11_520.0, [("resolution", "at_risk")]),
        (14_400.0, [("resolution", "breached")]),
    ]


def test_a_breach_stands_on_the_timeline_and_met_does_not() -> None:
    late = end_due(CRITICAL, after(301))
    assert [line.text for line in late.lines] == ["response clock breached: due 2026-11-21 12:05:00 UTC"]
    taken = turn_clocks(acknowledge(CRITICAL, MONA, after(60)))
    assert turns(taken) == [("response", "met")]
    assert [line.kind for line in taken.lines] == ["status"]


def test_a_new_priority_turns_the_clocks_at_once_and_back() -> None:
    low = make_incident(priority=Priority.LOW)
    raised = turn_clocks(change(low, StatusIn(priority=Priority.CRITICAL), MONA, after(600), "c"))
    assert turns(raised) == [("response", "breached")]
    lowered = turn_clocks(change(raised.after, StatusIn(priority=Priority.LOW), MONA, after(601), "c"))
    assert turns(lowered) == [("response", "on_track")]


def test_a_reopen_begins_a_record_that_turns_anew() -> None:
    over = turn_clocks(resolve(CRITICAL, ResolutionIn(), MONA, after(60))).after
    assert over.due_at is None
    again = turn_clocks(change(over, StatusIn(status=IncidentStatus.INVESTIGATING), MONA, after(90), "c"))
    assert turns(again) == []
    assert [what for _, what in walked(again.after, 100_000)] == [
        [("resolution", "at_risk")],
        [("resolution", "breached")],
    ]


@pytest.mark.parametrize(
    "fields", [{"imported": True}, {"merged_into": "INC-20261121-0009"}], ids=["imported", "merged"]
)
def test_what_is_imported_or_merged_never_turns(fields: dict[str, Any]) -> None:
    quiet = make_incident(priority=Priority.CRITICAL, **fields)
    assert quiet.due_at is None
    assert turns(end_due(quiet, after(90_000))) == []


def test_a_drill_says_whose_its_turns_are() -> None:
    (news,) = end_due(make_incident(priority=Priority.CRITICAL, drill_id="d1"), after(301)).news
    assert isinstance(news.data, SlaTurned)
    assert news.data.drill_id == "d1"


DEEDS = st.lists(
    st.tuples(st.floats(0, 20_000), st.sampled_from(["look", "ack", "low", "high", "critical", "resolve", "reopen"])),
    max_size=12,
)


@given(DEEDS)
def test_whatever_is_done_each_turn_is_told_once_and_the_last_told_state_is_the_true_one(
    deeds: list[tuple[float, str]],
) -> None:
    incident = CRITICAL
    told: dict[tuple[int, str], list[str]] = {}
    for second, deed in sorted(deeds, key=lambda pair: pair[0]):
        now = after(second)
        if deed == "ack" and incident.status.is_open:
            edit = acknowledge(incident, MONA, now)
        elif deed == "resolve" and incident.status.is_open:
            edit = resolve(incident, ResolutionIn(), MONA, now)
        elif deed == "reopen" and incident.status is IncidentStatus.RESOLVED:
            edit = change(incident, StatusIn(status=IncidentStatus.INVESTIGATING), MONA, now, "c")
        elif deed in {"low", "high", "critical"}:
            edit = change(incident, StatusIn(priority=Priority(deed)), MONA, now, "c")
        else:
            edit = Edit(incident, incident, now)
        edit = turn_clocks(edit)
        incident = edit.after
        for clock, state in turns(edit):
            told.setdefault((len(incident.past_sla), clock), []).append(state)
        assert incident.sla.response_told is read_response(incident.sla, incident.priority, now).state
        assert incident.sla.resolution_told is read_resolution(incident.sla, incident.priority, now).state
        assert turns(turn_clocks(Edit(incident, incident, now))) == []
    for states in told.values():
        assert all(one != following for one, following in pairwise(states))


def test_the_criteria_name_every_priority_and_the_unusual_is_flagged() -> None:
    assert [one.priority for one in priorities()] == list(Priority) == list(CRITERIA)
    assert priorities()[0].response_seconds == 300
    unusual = {(category.value, one.value) for category in Category for one in Priority if is_unusual(one, category)}
    assert ("error", "critical") not in unusual
    assert {("failure", "high"), ("request", "critical"), ("change", "low"), ("performance", "critical")} <= unusual


def test_states_are_those_that_others_are_told() -> None:
    assert [state.value for state in ClockState] == ["on_track", "at_risk", "breached", "met"]
