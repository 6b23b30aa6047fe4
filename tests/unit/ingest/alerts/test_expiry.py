from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.alerts.documents import head_fields, read_head
from services.ingest.alerts.expiry import expiry_alerts
from services.ingest.alerts.fold import Effect, Folded, Head, Reason, fold, new_head
from services.ingest.alerts.moves import FORGIVEN, KEPT
from services.ingest.alerts.repeats import RENEW, renews
from services.ingest.intake.message import QueuedAlert
from services.ingest.normalisation.alert import Action
from shared.vocabulary import AlertStatus
from tests.unit.ingest.builders import T0, at_second, make_taken

pytestmark = pytest.mark.unit

START = 1_000
HOUR = FORGIVEN.total_seconds()


def firing(second: float, until: float | None, **fields: Any) -> QueuedAlert:
    promise = None if until is None else at_second(until)
    return make_taken(second, token=START, starts_at=at_second(0), until=promise, **fields)


def folded(messages: Sequence[QueuedAlert], head: Head | None = None) -> Folded:
    head = head or new_head(messages[0])
    outcome = Folded(head, Effect.NOTHING, Reason.TOO_LATE)
    for message in messages:
        outcome = fold(outcome.head, message, None)
    return outcome


def lapse(head: Head, second: float) -> Folded:
    """What a sweep at this second makes of the head."""
    due = expiry_alerts([head], at_second(second))
    return fold(head, due[0], None) if due else Folded(head, Effect.NOTHING, Reason.TOO_LATE)


def status(head: Head) -> AlertStatus | None:
    return head.occurrence.status if head.occurrence else None


def test_a_promise_that_is_not_renewed_makes_the_alert_stale_and_an_hour_later_it_is_over() -> None:
    head = folded([firing(0, until=240)]).head
    assert lapse(head, 239).effect is Effect.NOTHING

    stale = lapse(head, 240)
    assert (stale.effect, stale.reason, status(stale.head)) == (Effect.UPDATED, Reason.WENT_SILENT, AlertStatus.STALE)
    assert lapse(stale.head, 241 + HOUR - 2).effect is Effect.NOTHING

    over = lapse(stale.head, 240 + HOUR)
    assert (over.effect, status(over.head)) == (Effect.RESOLVED, AlertStatus.RESOLVED)
    assert over.head.occurrence is not None
    assert over.head.occurrence.ends_at == at_second(240)
    assert over.head.lapses_at is None


def test_a_repeat_in_time_renews_the_promise() -> None:
    head = folded([firing(0, until=240), firing(60, until=300)]).head
    assert lapse(head, 299).effect is Effect.NOTHING
    assert status(lapse(head, 300).head) is AlertStatus.STALE


def test_a_sender_that_is_heard_again_finds_its_alert_as_it_left_it() -> None:
    head = folded([firing(0, until=240), make_taken(5, Action.ACKNOWLEDGE)]).head
    stale = lapse(head, 240).head

    again = fold(stale, firing(500, until=740), None)

    assert (again.effect, again.reason) == (Effect.UPDATED, Reason.HEARD_AGAIN)
    assert status(again.head) is AlertStatus.ACKNOWLEDGED
    assert again.head.occurrence is not None
    assert stale.occurrence is not None
    assert again.head.occurrence.id == stale.occurrence.id


def test_the_same_start_fires_anew_after_it_was_over_by_silence_and_after_a_resolve() -> None:
    silent = lapse(lapse(folded([firing(0, until=240)]).head, 240).head, 240 + HOUR).head
    again = fold(silent, firing(9000, until=9240), None)
    assert (again.effect, status(again.head)) == (Effect.OPENED, AlertStatus.FIRING)

    resolved = folded([firing(0, until=240), make_taken(9, Action.RESOLVE, token=START, ends_at=at_second(9))]).head
    assert resolved.lapses_at is None
    assert status(fold(resolved, firing(9000, until=9240), None).head) is AlertStatus.FIRING


def test_a_repeat_that_was_in_the_queue_when_the_alert_lapsed_undoes_the_lapse() -> None:
    stale = lapse(folded([firing(0, until=240)]).head, 250).head

    late = fold(stale, firing(200, until=440), None)

    assert status(late.head) is AlertStatus.FIRING
    assert late.head.lapses_at == at_second(440)


def test_a_lapse_that_two_sweeps_found_counts_once() -> None:
    head = folded([firing(0, until=240)]).head
    first, second = expiry_alerts([head], at_second(240)), expiry_alerts([head], at_second(241))
    stale = fold(head, first[0], None).head
    assert fold(stale, second[0], None).effect is Effect.NOTHING


def test_what_makes_no_promise_never_lapses() -> None:
    assert folded([firing(0, until=None)]).head.lapses_at is None
    assert folded([firing(0, until=240), firing(1, until=None)]).head.lapses_at is None
    assert expiry_alerts([new_head(firing(0, until=1))], at_second(9)) == []


@pytest.mark.parametrize("messages", [[firing(0, 240)], [firing(n, 240 + n) for n in range(3 * KEPT)]])
def test_a_stored_promise_is_read_as_it_was(messages: list[QueuedAlert]) -> None:
    head = folded(messages).head
    stored = {name: value for name, value in head_fields(head, T0, timedelta(days=90)).items() if value is not None}
    read = read_head({"_id": head.id, "version": 0, **stored}, T0)
    assert (read.moves, read.standing(), read.lapses_at) == (head.moves, head.standing(), head.lapses_at)
    assert status(lapse(read, 1000).head) is AlertStatus.STALE


@given(
    promises=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 400)), unique_by=lambda one: one[0], min_size=1),
    data=st.data(),
)
def test_after_every_sweep_an_alert_is_stale_when_its_last_promise_was_not_kept(
    promises: list[tuple[int, int]], data: st.DataObject
) -> None:
    """In whatever order the repeats come, and however often somebody sweeps between them."""
    messages = [firing(second, second + lasting) for second, lasting in promises[:KEPT]]
    head = new_head(messages[0])
    for second, message in enumerate(data.draw(st.permutations(messages)), start=800):
        head = fold(head, message, None).head
        if data.draw(st.booleans()):
            head = lapse(head, second).head
    for second in (900, 901):
        head = lapse(head, second).head
    assert status(head) is AlertStatus.STALE
    last = max(messages, key=lambda one: one.stamp)
    assert last.until is not None
    assert head.lapses_at == last.until + FORGIVEN


SOON, LATE = T0 + RENEW / 2, T0 + RENEW * 2


@pytest.mark.parametrize(
    "before, after, is_renewed",
    [
        (SOON, SOON + RENEW, True),
        (SOON, None, True),
        (None, SOON, True),
        (LATE, LATE + RENEW, False),
        (SOON, SOON, False),
        (None, None, False),
    ],
)
def test_a_repeat_is_not_held_back_when_it_renews_a_promise_that_is_nearly_over(
    before: datetime | None, after: datetime | None, *, is_renewed: bool
) -> None:
    assert renews(before, after, T0) is is_renewed
