"""A start that is over and is said to fire again: held, quiet, or another occurrence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.alerts.documents import head_fields, read_head
from services.ingest.alerts.expiry import expiry_alerts
from services.ingest.alerts.fold import Effect, Folded, Head, Reason, fold, new_head
from services.ingest.intake.message import QueuedAlert
from services.ingest.normalisation.alert import Action
from shared.vocabulary import AlertStatus
from tests.unit.ingest.builders import T0, at_second, make_content, make_taken

pytestmark = pytest.mark.unit

START, LATER = 1_000, 2_000
GRACE = 3600


def firing(second: float, token: int = START, **fields: Any) -> QueuedAlert:
    return make_taken(second, token=token, starts_at=at_second(-5), **fields)


def resolved(second: float, token: int | None = START) -> QueuedAlert:
    return make_taken(second, Action.RESOLVE, token=token, ends_at=at_second(second))


def by_person(second: float, grace: float = GRACE) -> QueuedAlert:
    return make_taken(second, Action.RESOLVE, ends_at=at_second(second), until=at_second(second + grace))


def reopened(second: float) -> QueuedAlert:
    return make_taken(second, Action.REOPEN, ends_at=at_second(second))


def told(*messages: QueuedAlert, head: Head | None = None) -> Folded:
    outcome = Folded(head or new_head(messages[0]), Effect.NOTHING, Reason.TOO_LATE)
    for message in messages:
        outcome = fold(outcome.head, message, "payments")
    return outcome


def swept(head: Head, second: float) -> Folded:
    due = expiry_alerts([head], at_second(second))
    return told(*due, head=head) if due else Folded(head, Effect.NOTHING, Reason.TOO_LATE)


def status(head: Head) -> AlertStatus | None:
    return head.occurrence.status if head.occurrence else None


def test_what_is_held_fires_after_a_minute_as_another_alert_of_the_same_service_and_start() -> None:
    first = told(firing(0, claim="Payments"), resolved(10)).head
    held = told(firing(20, title="again", claim="Payments", until=at_second(260)), head=first).head
    assert (status(held), held.lapses_at) == (AlertStatus.RESOLVED, at_second(80))
    assert swept(held, 79.9).effect is Effect.NOTHING
    (due,) = expiry_alerts([held], at_second(80))
    assert (due.claim, due.origin.service_id) == ("Payments", "payments")

    fired = swept(held, 80)

    assert (fired.effect, fired.reason, fired.finished) == (Effect.OPENED, Reason.HOLD_PASSED, held.occurrence)
    seen = fired.head.occurrence
    assert seen is not None
    assert held.occurrence is not None
    assert seen.id != held.occurrence.id
    assert (seen.content.title, seen.starts_at, seen.count) == ("again", at_second(-5), 1)
    assert fired.head.lapses_at == at_second(260)
    assert told(firing(90, title="again"), head=fired.head).effect is Effect.REPEATED


def test_a_resolve_that_came_before_the_minute_was_over_but_is_folded_later_undoes_what_was_held() -> None:
    fired = swept(told(firing(0), resolved(10), firing(20)).head, 80).head

    late = told(resolved(70), head=fired)

    assert (late.effect, status(late.head), late.head.lapses_at) == (Effect.RESOLVED, AlertStatus.RESOLVED, None)


def test_of_two_sweeps_one_fires_what_was_held() -> None:
    held = told(firing(0), resolved(10), firing(20)).head
    first, second = expiry_alerts([held], at_second(80)), expiry_alerts([held], at_second(81))
    fired = told(*first, head=held).head
    assert told(*second, head=fired).effect is Effect.NOTHING


QUIET = {
    "within the grace the sender's repeats are quiet": ([firing(100), firing(3609)], "repeated quiet", False),
    "after it they fire": ([firing(100), firing(3610)], "opened again", True),
    "another start fires at once": ([firing(20, LATER)], "opened again", True),
    "what names no start fires at once": ([make_taken(20)], "opened again", True),
    "the sender's own resolve ends the grace, and copies are held": (
        [firing(100), resolved(200), firing(201)],
        "remembered held",
        False,
    ),
    "after which it fires as ever": ([firing(100), resolved(200), firing(501)], "opened again", True),
    "a resolve of an earlier start does not": ([resolved(200, START - 1), firing(600)], "repeated quiet", False),
    "a person who reopens it ends the grace": ([firing(100), reopened(110), firing(112)], "opened again", True),
}


@pytest.mark.parametrize("messages, expected, is_open", QUIET.values(), ids=QUIET)
def test_after_a_persons_resolve(messages: list[QueuedAlert], expected: str, *, is_open: bool) -> None:
    outcome = told(firing(0), by_person(10), *messages)

    assert f"{outcome.effect} {outcome.reason}" == expected
    assert (status(outcome.head) is AlertStatus.FIRING) is is_open


def test_without_a_grace_the_next_repeat_fires() -> None:
    assert told(firing(0), by_person(10, 0), firing(11)).effect is Effect.OPENED


def test_a_person_who_resolves_ends_a_hold() -> None:
    outcome = told(firing(0), resolved(10), firing(20), by_person(30))
    assert (outcome.reason, outcome.head.lapses_at) == (Reason.HOLD_ENDED, None)


def test_a_person_who_reopens_makes_fire_what_is_held() -> None:
    outcome = told(firing(0), resolved(10), firing(20), reopened(30))
    assert (outcome.effect, outcome.reason, status(outcome.head)) == (
        Effect.OPENED,
        Reason.REOPENED,
        AlertStatus.FIRING,
    )


def test_a_resolve_that_is_heard_of_after_the_reopening_does_not_make_the_alert_quiet() -> None:
    head = told(firing(0), reopened(30), by_person(10)).head
    assert status(head) is AlertStatus.RESOLVED
    assert told(firing(40), head=head).effect is Effect.OPENED


def test_a_stale_alert_is_heard_again_also_by_a_start_before_it() -> None:
    head = told(firing(0), resolved(10), firing(20, LATER, until=at_second(100))).head
    stale = swept(head, 100).head
    assert status(stale) is AlertStatus.STALE

    heard = told(firing(150, until=at_second(400)), head=stale)

    assert (heard.reason, heard.head.lapses_at) == (Reason.HEARD_AGAIN, at_second(400))


@pytest.mark.parametrize("last", [firing(20), by_person(5), resolved(30)])
def test_what_is_held_is_stored(last: QueuedAlert) -> None:
    many = [make_taken(10 + n / 10, Action.ACKNOWLEDGE if n % 2 else Action.EDIT, "") for n in range(40)]
    for messages in ([firing(0), resolved(2), last], [firing(0), resolved(2), firing(9), *many, last]):
        head = told(*messages).head
        fields = head_fields(head, T0, timedelta(days=90))
        stored = {name: value for name, value in fields.items() if value is not None}
        read = read_head({"_id": head.id, "version": 0, **stored}, T0)
        assert (read.standing(), read.lapses_at, read.texts) == (head.standing(), head.lapses_at, head.texts)


def test_a_head_that_the_release_before_stored_is_read() -> None:
    at: datetime = at_second(0)
    base = ["over", "0a", at, START, START, START, False, "0b", at, None, False]
    stored = {"source": "check", "dedup_key": "k", "sequence": 2, "version": 1, "base": base, "moves": [], "texts": []}
    visible = {
        "alert_id": "h-1", "opened": "0a", "status": "resolved", "starts_at": at, "count": 1, "group_id": "g",
        "content": make_content().to_document(),
    }  # fmt: skip

    head = read_head({"_id": "h", **stored, **visible}, T0)

    assert head.standing().resolved == "0b"
    assert told(firing(1), head=head).effect is Effect.OPENED


SENDERS = st.tuples(st.integers(1, 600), st.sampled_from(["fire", "fire", "resolve", "person", "reopen", "later"]))


@given(said=st.lists(SENDERS, unique_by=lambda one: one[0], min_size=1, max_size=10), data=st.data())
def test_whatever_the_order_and_however_often_somebody_sweeps_it_ends_in_the_same_alert(
    said: list[tuple[int, str]], data: st.DataObject
) -> None:
    made: dict[str, Callable[[float], QueuedAlert]] = {
        "fire": firing,
        "resolve": resolved,
        "person": by_person,
        "reopen": reopened,
    }
    messages = [
        firing(0),
        *(firing(second, LATER) if word == "later" else made[word](second + 0.5) for second, word in said),
    ]
    in_order = swept(told(*sorted(messages, key=lambda one: one.stamp)).head, 10_000).head

    head = new_head(messages[0])
    again = data.draw(st.lists(st.sampled_from(messages), max_size=3))
    for message in data.draw(st.permutations([*messages, *again])):
        head = told(message, head=head).head
    head = swept(head, 10_000).head

    assert status(head) is status(in_order)
    assert head.standing() == in_order.standing()
