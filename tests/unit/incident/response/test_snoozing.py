"""Snooze and escalate: what they do to an incident, and when they can't be done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.incident.incidents.commands import Actor, StatusIn, acknowledge, change
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident, search_fields
from services.incident.response.escalation_news import follow_escalation
from services.incident.response.snoozing import escalate, snooze
from services.incident.timers.due import end_due
from shared.events.incidents import Position
from shared.problem import Problem
from shared.vocabulary import IncidentStatus, PageReason, Severity
from tests.unit.incident.builders import NOW, after, make_escalation, make_incident

SARA = Actor("sara", "sara")


def snoozed(incident: Incident | None = None, seconds: float = 3600) -> Edit:
    return snooze(incident or make_incident(), after(seconds), SARA, NOW)


def forced(incident: Incident) -> Incident:
    return escalate(incident, "", SARA, after(9), "call-1").after


def test_a_snooze_is_told_and_stands_on_the_timeline() -> None:
    edit = snoozed(seconds=600)
    assert edit.event().type == "incident.changed.v1"
    assert edit.after.fact().snoozed_until == after(600)
    assert [line.text for line in edit.lines] == ["snoozed until 2026-11-21 12:10:00 UTC"]
    assert search_fields(edit.after)["due_at"] == after(600)


def test_when_the_snooze_is_over_an_unanswered_incident_pages_again() -> None:
    edit = end_due(snoozed(seconds=600).after, after(600))
    assert edit.after.snoozed_until is None
    assert edit.after.unanswered
    assert [line.text for line in edit.lines] == ["the snooze is over: people are paged again"]
    assert edit.is_told
    assert end_due(snoozed(seconds=600).after, after(599)).is_empty


def test_what_was_answered_stays_answered_after_a_snooze() -> None:
    edit = end_due(snoozed(acknowledge(make_incident(), SARA, NOW).after).after, after(3600))
    assert not edit.after.unanswered
    assert [line.text for line in edit.lines] == ["the snooze is over"]


def test_a_snooze_may_be_moved_and_ended() -> None:
    moved = snoozed(snoozed().after, 60)
    assert moved.after.snoozed_until == after(60)
    assert snoozed(moved.after, 60).is_empty
    assert snooze(moved.after, None, SARA, NOW).after.snoozed_until is None
    assert snooze(make_incident(), None, SARA, NOW).is_empty


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(0, id="now"),
        pytest.param(-60, id="in the past"),
        pytest.param(timedelta(days=30, seconds=1).total_seconds(), id="too far ahead"),
    ],
)
def test_a_snooze_ends_in_the_future_and_within_a_month(seconds: float) -> None:
    with pytest.raises(Problem) as raised:
        snoozed(seconds=seconds)
    assert (raised.value.status, [fault.pointer for fault in raised.value.errors]) == (422, ["/until"])


@pytest.mark.parametrize("status", [IncidentStatus.RESOLVED, IncidentStatus.CLOSED])
def test_what_is_over_is_neither_snoozed_nor_escalated(status: IncidentStatus) -> None:
    over = make_incident(status=status)
    for act in (lambda: snoozed(over), lambda: snooze(over, None, SARA, NOW), lambda: forced(over)):
        with pytest.raises(Problem) as raised:
            act()
        assert (raised.value.status, raised.value.code) == (409, "not_open")


def test_rising_to_critical_ends_a_snooze() -> None:
    edit = change(snoozed().after, StatusIn(severity=Severity.CRITICAL), SARA, NOW, "call-1")
    assert edit.after.snoozed_until is None
    assert "the snooze ended: it became critical" in [line.text for line in edit.lines]


def test_resolving_ends_a_snooze() -> None:
    after_all = change(snoozed().after, StatusIn(status=IncidentStatus.RESOLVED), SARA, NOW, "call-1").after
    assert after_all.snoozed_until is None
    assert "due_at" not in search_fields(after_all)


def test_escalating_names_where_the_escalation_stood_and_keeps_the_generation() -> None:
    known = follow_escalation(make_incident(), [make_escalation(step=2, round=1)], after(1)).after
    moved = forced(known)
    assert moved.paging.moved_on_from == Position(round=1, step=2)
    assert moved.paging.generation == known.paging.generation
    assert forced(make_incident()).paging.moved_on_from == Position(round=0, step=1)


def test_escalating_what_was_answered_pages_again_and_leaves_the_status() -> None:
    known = follow_escalation(make_incident(), [make_escalation(step=2)], after(1)).after
    moved = forced(acknowledge(known, SARA, after(2)).after)
    assert (moved.status, moved.unanswered) == (IncidentStatus.ACKNOWLEDGED, True)
    assert (moved.paging.generation, moved.paging.reason) == (2, PageReason.REESCALATED)
    assert moved.paging.moved_on_from == Position(round=0, step=2)


def test_the_position_of_an_earlier_generation_does_not_count_for_a_newer_one() -> None:
    known = follow_escalation(make_incident(), [make_escalation(step=3)], after(1)).after
    risen = change(known, StatusIn(severity=Severity.CRITICAL), SARA, NOW, "call-1").after
    assert forced(risen).paging.moved_on_from == Position(round=0, step=1)


def test_escalating_ends_a_snooze_and_a_snooze_forgets_the_escalation() -> None:
    moved = forced(snoozed().after)
    assert moved.snoozed_until is None
    assert snoozed(moved).after.paging.moved_on_from is None


def test_the_note_stands_on_the_timeline() -> None:
    edit = escalate(make_incident(), "need the database people", SARA, NOW, "call-1")
    assert [(line.text, line.author) for line in edit.lines] == [
        ("escalated by hand: need the database people", "sara")
    ]
