"""Tickets and actions: what is to be done next, who follows whom, and that nothing echoes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.comms.delivery.outcome import busy, down, refused
from services.comms.tickets.project import place_for, statuses_of
from services.comms.tickets.synchroniser import after_refusal
from services.comms.tickets.systems.contract import NotDone
from services.comms.tickets.ticket import (
    AWAIT,
    CHECKED_WHEN_CLOSED,
    MAX_SUMMARY,
    STATE_OF,
    Step,
    Sync,
    apply_remote,
    begin,
    content_of,
    follow_action,
    hold,
    is_held,
    mark_deleted,
    mark_synced,
    next_check,
    next_step,
    origin_event,
    record_edit,
    record_failure,
    record_move,
    start_creation,
    ticket_fact,
    wants_ticket,
)
from shared.events.actions import ActionFact, ActionState
from shared.events.communication import TicketState
from shared.problem import Problem
from tests.unit.comms.tickets.builders import NOW, make_action, make_place, make_ticket, seen


@pytest.mark.parametrize(
    "changes, wanted",
    [
        pytest.param({}, True, id="open and assigned"),
        pytest.param({"state": ActionState.IN_PROGRESS}, True, id="being worked on"),
        pytest.param({"assignee_id": None}, False, id="nobody's"),
        pytest.param({"state": ActionState.DONE}, False, id="done before it had a ticket"),
        pytest.param({"state": ActionState.DROPPED}, False, id="dropped"),
        pytest.param({"deleted": True}, False, id="deleted"),
        pytest.param({"drill": True}, False, id="of a drill"),
        pytest.param({"imported": True}, False, id="of an import"),
    ],
)
def test_an_action_gets_a_ticket_when_it_is_somebodys(changes: Mapping[str, Any], wanted: bool) -> None:
    assert wants_ticket(make_action(**changes)) is wanted


@pytest.mark.parametrize(
    "changes, step",
    [
        pytest.param({}, Step.NOTHING, id="the same again"),
        pytest.param({"title": "Rotate logs hourly"}, Step.EDIT, id="another title"),
        pytest.param({"assignee_id": "kenji"}, Step.EDIT, id="another owner"),
        pytest.param({"due_on": None}, Step.EDIT, id="no date any more"),
        pytest.param({"state": ActionState.DONE}, Step.MOVE, id="done"),
        pytest.param({"state": ActionState.DROPPED}, Step.MOVE, id="dropped"),
        pytest.param({"state": ActionState.IN_PROGRESS}, Step.MOVE, id="begun"),
        pytest.param({"deleted": True}, Step.MOVE, id="deleted"),
        pytest.param({"team": "users"}, Step.NOTHING, id="what a ticket does not say"),
    ],
)
def test_what_an_actions_change_has_written(changes: Mapping[str, Any], step: Step) -> None:
    after = follow_action(make_ticket(), make_action(**changes), 2, None, NOW)
    assert next_step(after, NOW) is step
    assert (after.due_at is None) is (step is Step.NOTHING)


def test_an_older_state_of_the_action_changes_nothing() -> None:
    ticket = make_ticket()
    assert follow_action(ticket, make_action(ActionState.DONE), 1, None, NOW) == ticket


def test_what_we_moved_ourselves_changes_nothing_when_it_comes_back() -> None:
    ticket = follow_action(make_ticket(), make_action(ActionState.DONE), 2, None, NOW)
    there = mark_synced(record_move(hold(ticket, NOW), NOW, seen=seen(TicketState.DONE), to=TicketState.DONE), NOW)
    after, follows = apply_remote(there, seen(TicketState.DONE, seconds=5), "e1", NOW)
    assert not follows
    assert (next_step(after, NOW), after.sync) == (Step.NOTHING, Sync.SYNCED)


def test_what_they_moved_is_told_once_and_not_written_back() -> None:
    ticket, follows = apply_remote(make_ticket(), seen(TicketState.DONE, seconds=5), "e1", NOW)
    assert follows
    again, follows_again = apply_remote(ticket, seen(TicketState.DONE, seconds=5), "e2", NOW)
    assert (again, follows_again) == (ticket, False)
    echoed = follow_action(ticket, make_action(ActionState.DONE, origin="jira:e1"), 2, "e1", NOW)
    assert (next_step(echoed, NOW), echoed.awaiting) == (Step.NOTHING, None)


def test_an_edit_that_crosses_their_move_does_not_undo_it() -> None:
    ticket, _ = apply_remote(make_ticket(), seen(TicketState.DONE, seconds=5), "e1", NOW)
    crossing = follow_action(ticket, make_action(title="Rotate logs hourly"), 2, None, NOW)
    assert next_step(crossing, NOW) is Step.EDIT
    written = record_edit(crossing, NOW, content=content_of(crossing.action))
    assert next_step(written, NOW) is Step.NOTHING
    followed = follow_action(written, make_action(ActionState.DONE, title="Rotate logs hourly"), 3, "e1", NOW)
    assert next_step(followed, NOW) is Step.NOTHING


def test_an_action_that_does_not_follow_in_time_has_its_say_again() -> None:
    ticket, _ = apply_remote(make_ticket(), seen(TicketState.DONE, seconds=5), "e1", NOW)
    later = NOW + AWAIT
    assert ticket.due_at == later
    assert next_step(ticket, later) is Step.MOVE


def test_older_news_do_not_undo_newer_ones() -> None:
    ticket, _ = apply_remote(make_ticket(), seen(TicketState.DONE, seconds=10), "e1", NOW)
    assert apply_remote(ticket, seen(TicketState.OPEN, seconds=5), "e2", NOW) == (ticket, False)


def test_a_ticket_in_somebodys_hands_is_not_taken_by_another_when_its_action_changes() -> None:
    held = hold(make_ticket(), NOW)
    after = follow_action(held, make_action(title="other"), 2, None, NOW)
    assert (after.due_at, is_held(after, NOW)) == (held.due_at, True)
    assert mark_synced(after, NOW) == after, "whoever holds it sees that there is more to do"


def test_a_ticket_that_was_begun_is_made_even_when_nobody_wants_it_any_more() -> None:
    """It may be there already: it is looked for, and brought to where the action stands."""
    ticket = start_creation(begin(make_action(), 1, make_place(), NOW), NOW)
    after = follow_action(ticket, make_action(assignee_id=None), 2, None, NOW)
    assert next_step(after, NOW) is Step.CREATE


def test_a_ticket_that_was_deleted_there_is_left_alone() -> None:
    gone = mark_deleted(make_ticket(), NOW)
    after = follow_action(gone, make_action(ActionState.DONE), 2, None, NOW)
    assert (after.sync, next_step(after, NOW), after.due_at, next_check(after, NOW)) == (
        Sync.GONE, Step.NOTHING, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "failure, step, sync, is_due",
    [
        pytest.param(NotDone(down("503")), Step.MOVE, Sync.PENDING, True, id="down: again soon"),
        pytest.param(NotDone(busy("429", 30)), Step.MOVE, Sync.PENDING, True, id="busy: as it asks"),
        pytest.param(NotDone(refused("400")), Step.MOVE, Sync.FAILED, False, id="refused: until the action changes"),
        pytest.param(NotDone(refused("404"), missing=True), Step.EDIT, Sync.GONE, False, id="it is not there"),
        pytest.param(NotDone(refused("404"), missing=True), Step.CREATE, Sync.FAILED, False, id="no such project"),
    ],
)
def test_what_a_failure_does(failure: NotDone, step: Step, sync: Sync, is_due: bool) -> None:
    ticket = hold(follow_action(make_ticket(), make_action(ActionState.DONE), 2, None, NOW), NOW)
    after = after_refusal(ticket, NOW, step=step, failure=failure, jitter=0.5)
    assert (after.sync, after.due_at is not None, after.held_until) == (sync, is_due, None)


def test_a_refused_ticket_is_tried_again_when_its_action_changes() -> None:
    ticket = record_failure(make_ticket(), "no transition", NOW)
    after = follow_action(ticket, make_action(ActionState.DONE), 2, None, NOW)
    assert (after.sync, after.due_at, after.detail) == (Sync.PENDING, NOW, "")


def test_a_closed_ticket_is_looked_at_for_a_while() -> None:
    ticket = make_ticket(ActionState.DONE, TicketState.DONE)
    assert next_check(ticket, NOW + timedelta(days=1)) is not None
    assert next_check(ticket, NOW + CHECKED_WHEN_CLOSED + timedelta(seconds=1)) is None


def test_a_summary_is_one_line_of_what_jira_takes() -> None:
    content = content_of(make_action(title="a\nb  c" + "d" * 400))
    assert (content.summary[:6], len(content.summary), content.summary[-1]) == ("a b cd", MAX_SUMMARY, "…")


def test_nothing_is_told_of_a_ticket_that_is_not_there() -> None:
    assert ticket_fact(begin(make_action(), 1, make_place(), NOW), from_provider=False, at=NOW) is None


@pytest.mark.parametrize(
    "origin, event",
    [("tocsin", None), ("jira:e1", "e1"), ("jira:", None), ("other:e1", None)],
)
def test_which_event_an_action_followed(origin: str, event: str | None) -> None:
    assert origin_event(make_action(origin=origin), "jira") == event


def test_a_teams_own_project_goes_before_that_of_all() -> None:
    everybodys, payments, users = make_place(), make_place(team="payments"), make_place(team="users")
    assert place_for(make_action(), [payments, everybodys, users]) == payments
    assert place_for(make_action(team="search"), [payments, everybodys, users]) == everybodys
    assert place_for(make_action(team="search"), [payments, users]) is None


def test_a_status_map_reads_either_way_round() -> None:
    read = statuses_of({"done": ["Done", "Released"], "To Do": "open", "In Review": "in_progress"})
    assert read == {
        ActionState.DONE: ["Done", "Released"],
        ActionState.OPEN: ["To Do"],
        ActionState.IN_PROGRESS: ["In Review"],
    }


def test_a_line_of_a_status_map_that_knows_no_state_is_named() -> None:
    with pytest.raises(Problem) as raised:
        statuses_of({"To Do": "closed"})
    assert (raised.value.status, raised.value.errors[0].pointer) == (422, "/status_map/To Do")


_MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("ours"), st.sampled_from(list(ActionState))),
        st.tuples(st.just("theirs"), st.sampled_from(list(TicketState))),
    ),
    max_size=12,
)


class World:
    """Both sides in small: the action follows what it is told, the ticket what is written, and news may come late."""

    def __init__(self, chance: Random) -> None:
        self.ticket, self.action, self.seq, self.theirs = make_ticket(), make_action(), 1, TicketState.OPEN
        self.to_incident: list[tuple[str, TicketState]] = []
        self.to_comms: list[tuple[ActionFact, int]] = []
        self.clock, self.writes, self._chance = NOW, 0, chance

    def act(self, action: ActionFact) -> None:
        self.seq += 1
        self.action = action
        self.to_comms.append((action, self.seq))

    def pass_time(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock += timedelta(seconds=1)
            if self.to_incident and self._chance.random() < 0.5:
                self._follow()
            elif self.to_comms and self._chance.random() < 0.5:
                fact, seq = self.to_comms.pop(0)
                self.ticket = follow_action(self.ticket, fact, seq, origin_event(fact, "jira"), self.clock)
            elif next_step(self.ticket, self.clock) is Step.MOVE:
                self._move()
            else:
                self._look()

    def _follow(self) -> None:
        event_id, state = self.to_incident.pop(0)
        if STATE_OF[self.action.state] is not state:
            followed = {"state": ActionState(state.value), "origin": f"jira:{event_id}"}
            self.act(self.action.model_copy(update=followed))

    def _move(self) -> None:
        self.writes += 1
        self.theirs = STATE_OF[self.ticket.action.state]
        there = record_move(self.ticket, self.clock, seen=seen(self.theirs), to=self.theirs)
        self.ticket = mark_synced(there, self.clock)

    def _look(self) -> None:
        event_id = f"e{self.clock.timestamp()}"
        self.ticket, follows = apply_remote(self.ticket, seen(self.theirs), event_id, self.clock)
        if follows:
            self.to_incident.append((event_id, self.theirs))


@settings(deadline=None, max_examples=60)
@given(_MOVES, st.randoms(use_true_random=False))
def test_both_sides_end_alike_and_fall_silent(moves: list[tuple[str, Any]], chance: Random) -> None:
    world = World(chance)
    for who, state in moves:
        if who == "ours":
            world.act(make_action(state))
        else:
            world.theirs = state
        world.pass_time(chance.randrange(4))
    world.pass_time(300)
    before = world.writes
    world.pass_time(100)
    assert STATE_OF[world.action.state] is world.theirs is world.ticket.agreed
    assert (world.writes, world.to_incident, world.to_comms) == (before, [], [])
