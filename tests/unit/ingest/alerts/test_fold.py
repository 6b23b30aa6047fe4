from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.alerts.expiry import expiry_alerts
from services.ingest.alerts.fold import Effect, Folded, Head, Reason, fold, new_head
from services.ingest.alerts.moves import KEPT
from services.ingest.alerts.text_edits import MOST_EDITS
from services.ingest.intake.message import QueuedAlert
from services.ingest.normalisation.alert import Action
from shared.vocabulary import AlertStatus, Severity
from tests.unit.ingest.builders import at_second, make_content, make_taken

pytestmark = pytest.mark.unit

TRIGGER, ACK, RESOLVE, EDIT = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.EDIT


def fold_in_arrival_order(messages: Sequence[QueuedAlert], head: Head | None = None) -> list[Folded]:
    outcomes: list[Folded] = []
    for message in messages:
        now = outcomes[-1].head if outcomes else head or new_head(message)
        outcomes.append(fold(now, message, "payments"))
    return outcomes


def visible(head: Head) -> tuple[Any, ...] | None:
    """What everybody sees. The count is left out: of a message that comes again nobody can tell whether it is another
    one once it is older than the moves that a head keeps, so counts are advisory."""
    seen = head.occurrence
    return None if seen is None else (seen.status, seen.starts_at, seen.ends_at, seen.content.title)


S1, S2, S3 = 1_000, 2_000, 3_000

TABLE = {
    # a trigger without a past opens
    "a trigger opens": ([(0, TRIGGER)], ["opened first"]),
    # the same again is a repeat
    "a second trigger repeats": ([(0, TRIGGER), (1, TRIGGER)], ["opened first", "repeated repeat"]),
    "a resolve resolves": ([(0, TRIGGER), (1, RESOLVE)], ["opened first", "resolved resolved"]),
    "an acknowledge acknowledges": ([(0, TRIGGER), (1, ACK)], ["opened first", "updated acknowledged"]),
    # PagerDuty: a trigger on an acknowledged alert does not page again
    "a trigger leaves an acknowledged alert so": (
        [(0, TRIGGER), (1, ACK), (2, TRIGGER)],
        ["opened first", "updated acknowledged", "repeated repeat"],
    ),
    # PagerDuty: a trigger on a resolved alert is a new alert
    "a trigger after a resolve opens another": (
        [(0, TRIGGER), (1, RESOLVE), (2, TRIGGER)],
        ["opened first", "resolved resolved", "opened again"],
    ),
    # a message of before the resolve that comes late is part of what is over
    "an older trigger after a resolve changes nothing": (
        [(0, TRIGGER), (5, RESOLVE), (2, TRIGGER)],
        ["opened first", "resolved resolved", "repeated repeat"],
    ),
    "a resolve without an alert is remembered": ([(0, RESOLVE)], ["remembered remembered"]),
    "a trigger older than a remembered resolve is born resolved": (
        [(5, RESOLVE), (0, TRIGGER)],
        ["remembered remembered", "resolved born_resolved"],
    ),
    "a trigger newer than a remembered resolve opens": (
        [(0, RESOLVE), (5, TRIGGER)],
        ["remembered remembered", "opened first"],
    ),
    "a trigger older than a remembered acknowledge is born acknowledged": (
        [(5, ACK), (0, TRIGGER)],
        ["remembered remembered", "opened first"],
    ),
    "an edit older than its trigger changes nothing": (
        [(0, EDIT), (5, TRIGGER)],
        ["remembered remembered", "opened first"],
    ),
    "a redelivered edit changes nothing": (
        [(0, TRIGGER), (1, EDIT), (1, EDIT)],
        ["opened first", "updated told_anew", "nothing folded_before"],
    ),
    "a redelivered message changes nothing": (
        [(0, TRIGGER), (1, RESOLVE), (0, TRIGGER), (1, RESOLVE)],
        ["opened first", "resolved resolved", "nothing folded_before", "nothing folded_before"],
    ),
    # Alertmanager: idempotent on fingerprint, start and status while the alert is open, and not for ever
    "a copy of a resolved start is held": (
        [(0, TRIGGER, S1), (1, RESOLVE, S1), (2, TRIGGER, S1)],
        ["opened first", "resolved resolved", "remembered held"],
    ),
    "a second copy fires": (
        [(0, TRIGGER, S1), (1, RESOLVE, S1), (2, TRIGGER, S1), (3, TRIGGER, S1)],
        ["opened first", "resolved resolved", "remembered held", "opened again"],
    ),
    "another resolve ends the hold, and what comes then is held anew": (
        [(0, TRIGGER, S1), (1, RESOLVE, S1), (2, TRIGGER, S1), (3, RESOLVE, S1), (4, TRIGGER, S1), (5, TRIGGER, S1)],
        [
            "opened first",
            "resolved resolved",
            "remembered held",
            "remembered hold_ended",
            "remembered held",
            "opened again",
        ],
    ),
    "a resolve of a start before the held one does not end the hold": (
        [(0, TRIGGER, S2), (1, RESOLVE, S2), (2, TRIGGER, S2), (3, RESOLVE, S1), (4, TRIGGER, S2)],
        ["opened first", "resolved resolved", "remembered held", "repeated remembered", "opened again"],
    ),
    "a copy that the broker brings again is no second one": (
        [(0, TRIGGER, S1), (1, RESOLVE, S1), (2, TRIGGER, S1), (2, TRIGGER, S1)],
        ["opened first", "resolved resolved", "remembered held", "nothing folded_before"],
    ),
    "of two resolves the first one counts for how long copies are held": (
        [(0, TRIGGER, S1), (1, RESOLVE, S1), (200, RESOLVE, S1), (302, TRIGGER, S1)],
        ["opened first", "resolved resolved", "repeated remembered", "opened again"],
    ),
    "five minutes after the resolve it is still held": (
        [(0, TRIGGER, S1), (1, RESOLVE, S1), (301, TRIGGER, S1)],
        ["opened first", "resolved resolved", "remembered held"],
    ),
    "later it fires at once, and so any number of times": (
        [(0, TRIGGER, S1), (1, RESOLVE, S1), (302, TRIGGER, S1), (400, RESOLVE, S1), (701, TRIGGER, S1)],
        ["opened first", "resolved resolved", "opened again", "resolved resolved", "opened again"],
    ),
    "what fires again is one occurrence however often its start is said": (
        [(0, TRIGGER, S1), (1, RESOLVE, S1), (302, TRIGGER, S1), (303, TRIGGER, S1), (304, RESOLVE, S1)],
        ["opened first", "resolved resolved", "opened again", "repeated repeat", "resolved resolved"],
    ),
    "a copy that comes before the next start fires is nothing": (
        [(0, TRIGGER, S1), (1, RESOLVE, S1), (2, TRIGGER, S2), (3, TRIGGER, S1), (4, RESOLVE, S2)],
        ["opened first", "resolved resolved", "opened again", "repeated repeat", "resolved resolved"],
    ),
    "a resolve that nobody knew, and then its start": (
        [(0, RESOLVE, S1), (1, TRIGGER, S1), (2, TRIGGER, S1)],
        ["remembered remembered", "resolved born_resolved", "opened again"],
    ),
    "a later start after a resolve is another occurrence": (
        [(0, TRIGGER, S1), (1, RESOLVE, S1), (2, TRIGGER, S2)],
        ["opened first", "resolved resolved", "opened again"],
    ),
    # a delayed resolve of an earlier start does not end the present one
    "a resolve of an earlier start is nothing": (
        [(0, TRIGGER, S2), (1, RESOLVE, S1)],
        ["opened first", "repeated remembered"],
    ),
    # two Prometheus of one pair: the start goes back to the earlier of the two, and its resolve counts
    "a start that goes back is the same occurrence": (
        [(0, TRIGGER, S2), (1, TRIGGER, S1), (2, RESOLVE, S1), (3, TRIGGER, S2)],
        ["opened first", "repeated repeat", "resolved resolved", "remembered held"],
    ),
    # a resolve that names no start: the start that was firing is over
    "a resolve without a start ends the start that fires": (
        [(0, TRIGGER, S1), (1, RESOLVE), (2, TRIGGER, S1), (3, TRIGGER, S2)],
        ["opened first", "resolved resolved", "remembered held", "opened again"],
    ),
}


@pytest.mark.parametrize("moves, expected", TABLE.values(), ids=TABLE)
def test_each_message_has_its_effect_and_reason(moves: list[tuple[Any, ...]], expected: list[str]) -> None:
    messages = [
        make_taken(second, action, "edited" if action is EDIT else "said", token=token[0] if token else None)
        for second, action, *token in moves
    ]

    outcomes = fold_in_arrival_order(messages)

    assert [f"{one.effect} {one.reason}" for one in outcomes] == expected


def test_a_remembered_acknowledge_makes_the_alert_acknowledged_from_its_birth() -> None:
    head = fold_in_arrival_order([make_taken(5, ACK), make_taken(0)])[-1].head

    assert head.occurrence is not None
    assert head.occurrence.status is AlertStatus.ACKNOWLEDGED


def test_the_last_text_and_the_earliest_start_win() -> None:
    first = make_taken(0, title="first", starts_at=at_second(-10))
    second = make_taken(1, title="second", starts_at=at_second(-60))
    late = make_taken(0.5, title="late", starts_at=at_second(-30))

    outcomes = fold_in_arrival_order([first, second, late])

    assert [one.effect for one in outcomes] == [Effect.OPENED, Effect.UPDATED, Effect.REPEATED]
    assert outcomes[1].reason is Reason.TOLD_ANEW
    assert visible(outcomes[-1].head) == (AlertStatus.FIRING, at_second(-60), None, "second")


TEXTS = {
    # (messages in the order in which they arrive) → the title that is seen in the end; "" is no alert
    "an edit that overtook its trigger": ([(5, EDIT), (0, TRIGGER)], "edited at 5"),
    "two that did, the later one counts": ([(6, EDIT), (5, EDIT), (0, TRIGGER)], "edited at 6"),
    "an edit of before the trigger": ([(0, EDIT), (5, TRIGGER)], "said at 5"),
    "an edit between two triggers": ([(5, TRIGGER), (0, TRIGGER), (2, EDIT)], "said at 5"),
    "an edit that overtook the second trigger": ([(0, TRIGGER), (5, EDIT), (3, TRIGGER)], "edited at 5"),
    "an edit after the end": ([(0, TRIGGER), (1, RESOLVE), (5, EDIT)], "said at 0"),
    "an edit that the end overtook": ([(0, TRIGGER), (5, RESOLVE), (3, EDIT)], "edited at 3"),
    "an edit that overtook its alert's second coming": (
        [(0, TRIGGER), (1, RESOLVE), (5, EDIT), (3, TRIGGER)],
        "edited at 5",
    ),
    "an edit of an occurrence that is over": ([(0, TRIGGER), (5, RESOLVE), (6, TRIGGER), (3, EDIT)], "said at 6"),
    "an edit alone": ([(5, EDIT)], ""),
    "an edit and more than a head keeps": ([(0, TRIGGER), (1, EDIT), *((n, ACK) for n in range(2, 30))], "edited at 1"),
}


@pytest.mark.parametrize("moves, title", TEXTS.values(), ids=TEXTS)
def test_an_edit_counts_in_its_place(moves: list[tuple[int, Action]], title: str) -> None:
    words = {TRIGGER: "said at", EDIT: "edited at"}
    messages = [make_taken(second, action, f"{words.get(action, 'not')} {second}") for second, action in moves]

    seen = fold_in_arrival_order(messages)[-1].head.occurrence

    assert (seen.content.title if seen else "") == title


def test_of_many_edits_a_head_keeps_a_few_and_loses_none_of_what_they_say() -> None:
    said = make_taken(9, EDIT, content=make_content("", description="why"))
    edits = [said, *(make_taken(second, EDIT, f"title {second}") for second in range(10, 40))]

    head = fold_in_arrival_order([*edits, make_taken(0)])[-1].head

    assert len(head.edits) <= MOST_EDITS
    assert head.occurrence is not None
    assert (head.occurrence.content.title, head.occurrence.content.description) == ("title 39", "why")


@pytest.mark.parametrize("action", [ACK, EDIT, RESOLVE])
def test_however_often_an_alert_is_spoken_of_before_it_comes_it_comes(action: Action) -> None:
    early = [make_taken(second, action) for second in range(10, 10 + 3 * KEPT)]

    assert fold_in_arrival_order([*early, make_taken(0)])[-1].head.occurrence is not None


def test_a_new_severity_is_told_but_only_once() -> None:
    worse = make_content(severity=Severity.CRITICAL)

    outcomes = fold_in_arrival_order([make_taken(0), make_taken(1, content=worse), make_taken(2, content=worse)])

    assert [one.effect for one in outcomes] == [Effect.OPENED, Effect.UPDATED, Effect.REPEATED]
    assert outcomes[-1].head.sequence == 2


def test_the_finished_occurrence_is_handed_to_the_archive_and_the_next_has_its_own_id() -> None:
    outcomes = fold_in_arrival_order([make_taken(0), make_taken(1, RESOLVE), make_taken(2)])

    finished, present = outcomes[-1].finished, outcomes[-1].head.occurrence
    assert finished is not None
    assert present is not None
    assert finished == outcomes[1].head.occurrence
    assert finished.status is AlertStatus.RESOLVED
    assert finished.id != present.id
    assert present.count == 1


def test_a_resolve_that_was_overtaken_by_a_repeat_ends_the_alert_and_the_repeat_is_another() -> None:
    opened, repeat, late_resolve = make_taken(0), make_taken(2), make_taken(1, RESOLVE)

    outcomes = fold_in_arrival_order([opened, repeat, late_resolve])

    before, after = outcomes[1].head.occurrence, outcomes[2].head.occurrence
    assert before is not None
    assert after is not None
    assert (after.id != before.id, after.status, after.starts_at) == (True, AlertStatus.FIRING, at_second(2))
    ended = outcomes[2].finished
    assert ended is not None
    assert (ended.id, ended.status, ended.ends_at) == (before.id, AlertStatus.RESOLVED, at_second(1))
    assert outcomes[2].is_split


def test_a_head_does_not_grow_with_its_repeats() -> None:
    head = fold_in_arrival_order([make_taken(second) for second in range(200)])[-1].head

    assert len(head.moves) <= KEPT
    assert head.occurrence is not None
    assert head.occurrence.count == 200
    assert head.occurrence.starts_at == at_second(0)


def test_a_message_older_than_all_that_is_remembered_changes_nothing() -> None:
    flapping = [make_taken(second, RESOLVE if second % 2 else TRIGGER) for second in range(10, 60)]
    head = fold_in_arrival_order(flapping)[-1].head

    outcome = fold(head, make_taken(1), None)

    assert (outcome.effect, outcome.reason, outcome.head) == (Effect.NOTHING, Reason.TOO_LATE, head)


def test_an_edit_waits_for_a_trigger_that_is_older_than_every_text_known() -> None:
    told = [
        make_taken(35, token=S2),
        make_taken(17, EDIT, "B"),
        make_taken(2, token=S1),
        make_taken(21, RESOLVE, token=S3),
    ]

    in_order = fold_in_arrival_order(sorted(told, key=lambda one: one.stamp))[-1].head

    assert visible(fold_in_arrival_order(told)[-1].head) == visible(in_order)
    assert in_order.occurrence is not None
    assert in_order.occurrence.content.title == "B"


TOKENLESS = st.tuples(st.integers(0, 30), st.sampled_from([TRIGGER, TRIGGER, ACK, RESOLVE]))


@st.composite
def streams(draw: st.DrawFn, *, tokens: bool) -> list[QueuedAlert]:
    """Up to as many messages of one key as a head remembers, each with its own stamp."""
    seconds = draw(st.lists(st.integers(0, 60), unique=True, min_size=1, max_size=KEPT))
    messages: list[QueuedAlert] = []
    for second in seconds:
        edits = [] if sum(one.action is EDIT for one in messages) == MOST_EDITS else [EDIT]
        action = draw(st.sampled_from([TRIGGER, TRIGGER, ACK, RESOLVE, RESOLVE, *edits]))
        token = draw(st.sampled_from([None, S1, S2, S3])) if tokens else None
        title = draw(st.sampled_from("AB"))
        starts_at = draw(st.none() | st.integers(-60, 0).map(at_second))
        messages.append(make_taken(second, action, title, token=token, starts_at=starts_at))
    return messages


@given(stream=streams(tokens=False), data=st.data())
def test_any_order_and_repetition_of_messages_ends_in_the_same_alert(
    stream: list[QueuedAlert], data: st.DataObject
) -> None:
    in_order = sorted(stream, key=lambda one: one.stamp)
    again = data.draw(st.lists(st.sampled_from(stream), max_size=5))
    shuffled = data.draw(st.permutations(stream + again))

    assert visible(fold_in_arrival_order(shuffled)[-1].head) == visible(fold_in_arrival_order(in_order)[-1].head)


@given(stream=streams(tokens=True), data=st.data())
def test_the_same_holds_when_messages_name_their_start(stream: list[QueuedAlert], data: st.DataObject) -> None:
    in_order = sorted(stream, key=lambda one: one.stamp)
    shuffled = data.draw(st.permutations(stream))

    assert visible(fold_in_arrival_order(shuffled)[-1].head) == visible(fold_in_arrival_order(in_order)[-1].head)


@given(stream=streams(tokens=False), data=st.data())
def test_repeats_that_are_folded_a_minute_later_end_in_the_same_alert(
    stream: list[QueuedAlert], data: st.DataObject
) -> None:
    """What the shell does: repeats are held back, the newest of them is folded when they are due."""
    head = new_head(stream[0])
    held: QueuedAlert | None = None
    for message in data.draw(st.permutations(stream)):
        outcome = fold(head, message, None)
        if outcome.effect is Effect.REPEATED and data.draw(st.booleans()):
            held = message if held is None else max(held, message, key=lambda one: one.stamp)
        else:
            head = outcome.head
    if held is not None:
        head = fold(head, held, None).head

    last = max(stream, key=lambda one: one.stamp)
    if last.action is TRIGGER:
        assert head.occurrence is not None
        assert head.occurrence.status is not AlertStatus.RESOLVED
        assert head.occurrence.content.title == last.content.title


@given(stream=streams(tokens=True))
def test_an_alert_that_fired_last_with_a_start_of_its_own_is_open(stream: list[QueuedAlert]) -> None:
    """Nothing that was accepted is lost: whatever came before, a newer start fires."""
    newest = replace(make_taken(100), token=S3 + 1)

    head = fold_in_arrival_order([*stream, newest])[-1].head

    assert head.occurrence is not None
    assert head.occurrence.status.is_open


@given(stream=streams(tokens=True), token=st.sampled_from([None, S1, S2, S3]))
def test_whatever_start_fires_last_is_open_a_minute_later(stream: list[QueuedAlert], token: int | None) -> None:
    """No outage is missed: what is accepted later than the last resolve fires, also with a start that was over."""
    head = fold_in_arrival_order([*stream, make_taken(100, token=token)])[-1].head

    for due in expiry_alerts([head], at_second(161)):
        head = fold(head, due, None).head

    assert head.occurrence is not None
    assert head.occurrence.status.is_open


@given(stream=streams(tokens=True))
def test_the_number_of_an_event_rises_with_everything_that_is_told(stream: list[QueuedAlert]) -> None:
    outcomes = fold_in_arrival_order(stream)

    told = [one for one in outcomes if one.effect in (Effect.OPENED, Effect.UPDATED, Effect.RESOLVED)]
    numbers = [number for one in told for number in range(one.head.sequence - one.is_split, one.head.sequence + 1)]
    assert numbers == list(range(1, len(numbers) + 1))
