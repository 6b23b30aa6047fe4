"""Action items: their edits, their reminders, and tickets that move them, in any order."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.action_items.action import ActionIn, ActionItem, ActionPatch, delete_action, edit_action
from services.incident.action_items.reminders import newest_due, next_after
from services.incident.action_items.ticket_status import follow_ticket
from shared.events import Event, make
from shared.events.actions import ActionState, ReminderKind
from shared.events.communication import TicketFact, TicketState
from shared.problem import Problem
from tests.unit.incident.builders import NOW, after

DUE = date(2026, 12, 10)


def make_action(**fields: object) -> ActionItem:
    stated = {
        "id": "act_1",
        "version": 1,
        "postmortem_id": "PM-1",
        "incident_id": "INC-1",
        "title": "more monitoring",
        "created_at": NOW,
        "created_by": "sara",
        "updated_at": NOW,
        "updated_by": "sara",
        "reminders_after": NOW,
        "due_on": DUE,
    }
    return ActionItem.model_validate(stated | fields)


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 12, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "after_, kind, when",
    [
        pytest.param(at(1), ReminderKind.DUE_SOON, at(9), id="the day before"),
        pytest.param(at(9), ReminderKind.OVERDUE, at(11), id="the day after"),
        pytest.param(at(10, 23), ReminderKind.OVERDUE, at(11), id="still the day after"),
        pytest.param(at(11), ReminderKind.OVERDUE, at(18), id="a week later"),
        pytest.param(at(20), ReminderKind.OVERDUE, at(25), id="weekly from then on"),
    ],
)
def test_the_next_reminder(after_: datetime, kind: ReminderKind, when: datetime) -> None:
    found = next_after(DUE, after_)
    assert (found.kind, found.at) == (kind, when)


@given(st.lists(st.integers(min_value=-60 * 24, max_value=90 * 24), max_size=40))
def test_whatever_the_clocks_say_each_moment_is_told_once_and_the_newest_always(hours: list[int]) -> None:
    mark, told = at(1), []
    for hour in hours:
        now = at(10) + timedelta(hours=hour)
        reminder = newest_due(DUE, mark, now)
        if reminder is not None:
            told.append((reminder.at, reminder.kind))
            assert mark < reminder.at <= now
            mark = reminder.at
        assert next_after(DUE, mark).at > now, "nothing that has come is left untold"
    assert told == sorted(set(told))
    assert all((kind is ReminderKind.DUE_SOON) == (moment == at(9)) for moment, kind in told)


def test_a_clock_that_stops_at_every_moment_tells_every_reminder() -> None:
    mark, told = at(1), []
    for hour in range(24 * 40):
        reminder = newest_due(DUE, mark, at(1) + timedelta(hours=hour))
        if reminder is not None:
            told.append(reminder.at)
            mark = reminder.at
    assert told == [at(9), at(11), at(18), at(25), at(25) + timedelta(days=7), at(25) + timedelta(days=14)]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"state": ActionState.DONE}, id="done"),
        pytest.param({"state": ActionState.DROPPED}, id="dropped"),
        pytest.param({"drill": True}, id="of a drill"),
        pytest.param({"imported": True}, id="imported"),
        pytest.param({"deleted": True}, id="deleted"),
        pytest.param({"due_on": None}, id="without a day"),
    ],
)
def test_nobody_is_reminded_of_what_is(fields: dict[str, object]) -> None:
    assert make_action().due_at == at(9)
    assert make_action(**fields).due_at is None


def test_a_new_day_is_reminded_of_from_now_on() -> None:
    late = at(20, 12)
    moved = edit_action(make_action(), ActionPatch(due_on=date(2026, 12, 8)), "m", late)
    assert moved.due_at == at(23)
    again = edit_action(make_action(state=ActionState.DONE), ActionPatch(state=ActionState.OPEN), "m", late)
    assert again.due_at == at(25)


def test_closing_keeps_when_and_opening_again_forgets_it() -> None:
    done = edit_action(make_action(), ActionPatch(state=ActionState.DONE), "m", after(9))
    assert (done.closed_at, done.updated_by) == (after(9), "m")
    assert edit_action(done, ActionPatch(state=ActionState.OPEN), "m", after(10)).closed_at is None
    assert edit_action(done, ActionPatch(state=ActionState.DONE), "x", after(11)) is done
    assert delete_action(done, "m", after(12)).deleted


@pytest.mark.parametrize("name", ["title", "priority", "state"])
def test_what_an_action_needs_can_not_be_cleared(name: str) -> None:
    with pytest.raises(Problem, match=f"/{name}"):
        edit_action(make_action(), ActionPatch.model_validate({name: None}), "m", NOW)


def test_an_owner_and_a_day_can_be_cleared() -> None:
    cleared = edit_action(
        make_action(assignee_id="sara"), ActionPatch.model_validate({"assignee_id": None, "due_on": None}), "m", NOW
    )
    assert (cleared.assignee_id, cleared.due_on) == (None, None)


def test_a_day_far_from_ours_is_refused() -> None:
    for day in ("0001-01-01", "9999-12-31", "tomorrow"):
        with pytest.raises(ValueError, match="due_on"):
            ActionIn.model_validate({"title": "x", "due_on": day})


def heard(sequence: int, state: TicketState, *, theirs: bool) -> tuple[Event, TicketFact]:
    fact = TicketFact(
        action_id="act_1",
        provider="jira",
        key="OPS-1",
        url="https://j.example/OPS-1",
        state=state,
        from_provider=theirs,
        at=NOW,
    )
    return make("ticket.changed.v1", subject="act_1", sequence=sequence, time=NOW, data=fact, id=f"t{sequence}"), fact


STORY = (
    heard(1, TicketState.OPEN, theirs=False),
    heard(2, TicketState.IN_PROGRESS, theirs=True),
    heard(3, TicketState.DONE, theirs=True),
    heard(4, TicketState.DONE, theirs=False),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=lambda order: "".join(map(str, order)))
def test_tickets_end_the_same_in_any_order_and_however_often(order: tuple[int, ...]) -> None:
    action = make_action()
    for index in (*order, *order):
        action = follow_ticket(action, [STORY[index]], after(5))
    assert (action.state, action.origin, action.ticket_sequence) == (ActionState.DONE, "jira:t3", 4)
    assert follow_ticket(make_action(), [STORY[index] for index in order], after(5)).state is ActionState.DONE


def test_what_we_wrote_ourselves_moves_nothing() -> None:
    action = follow_ticket(make_action(), [heard(1, TicketState.DONE, theirs=False)], after(5))
    assert (action.state, action.origin) == (ActionState.OPEN, "tocsin")
    assert action.fact() == make_action().fact()


def test_what_was_dropped_stays_so_when_its_ticket_is_done() -> None:
    dropped = make_action(state=ActionState.DROPPED)
    assert follow_ticket(dropped, [heard(1, TicketState.DONE, theirs=True)], after(5)).state is ActionState.DROPPED
    reopened = follow_ticket(dropped, [heard(1, TicketState.OPEN, theirs=True)], after(5))
    assert (reopened.state, reopened.origin) == (ActionState.OPEN, "jira:t1")
