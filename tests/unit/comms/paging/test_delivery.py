"""The decisions in a delivery's life, as a table each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.comms.delivery.delivery_state import ATTEMPTS_KEPT, DeliveryState, Move, Reason
from services.comms.delivery.outcome import Outcome, busy, delivered, down, refused
from services.comms.delivery.retry import wait_seconds
from services.comms.paging.delivery import (
    MAX_BUSY,
    PATIENCE,
    TRY_FOR,
    Delivery,
    after_send,
    apply_move,
    attempts_of,
    before_send,
    cancel,
    erase_person,
    hold_back,
    take_up,
)
from shared.events.oncall import PageState
from tests.unit.comms.builders import NOON, make_delivery, make_page

pytestmark = pytest.mark.unit

LATE = NOON + TRY_FOR + timedelta(seconds=1)


@pytest.mark.parametrize(
    "delivery, unwanted, expected",
    [
        pytest.param(make_delivery(), None, Reason.SEND, id="a fresh page is sent"),
        pytest.param(make_delivery(), Reason.ANSWERED, Reason.ANSWERED, id="an answered incident cancels"),
        pytest.param(make_delivery(), Reason.RESOLVED, Reason.RESOLVED, id="a resolved incident cancels"),
        pytest.param(
            make_delivery(trying_since=NOON), None, Reason.TRIED_TOO_LONG, id="what was tried for too long is given up"
        ),
        pytest.param(
            make_delivery(trying_since=NOON), Reason.ANSWERED, Reason.ANSWERED, id="cancelling comes before giving up"
        ),
        pytest.param(
            make_delivery(make_page(requested_at=NOON - timedelta(hours=3))),
            None,
            Reason.SEND,
            id="an old page that was never tried is sent",
        ),
        pytest.param(make_delivery(erase_person(make_page())), None, Reason.ERASED, id="an erased person gets nothing"),
    ],
)
def test_before_a_send(delivery: Delivery, unwanted: Reason | None, expected: Reason) -> None:
    assert before_send(delivery, unwanted, LATE).reason is expected


@pytest.mark.parametrize(
    "delivery, outcome, expected",
    [
        pytest.param(
            make_delivery(),
            delivered("HTTP 200"),
            (DeliveryState.DELIVERED, Reason.HANDED_OVER, PageState.DELIVERED, False),
            id="handed over",
        ),
        pytest.param(
            make_delivery(),
            refused("HTTP 410"),
            (DeliveryState.FAILED, Reason.REFUSED, PageState.FAILED, True),
            id="refused is told as permanent",
        ),
        pytest.param(
            make_delivery(),
            down("no answer"),
            (DeliveryState.QUEUED, Reason.DESTINATION_DOWN, PageState.FAILED, False),
            id="the first failure is told, and is not permanent",
        ),
        pytest.param(
            make_delivery(told=True),
            down("no answer"),
            (DeliveryState.QUEUED, Reason.DESTINATION_DOWN, None, False),
            id="later failures are not told again",
        ),
        pytest.param(
            make_delivery(),
            busy("HTTP 429"),
            (DeliveryState.QUEUED, Reason.DESTINATION_BUSY, PageState.FAILED, False),
            id="a busy destination is asked later",
        ),
        pytest.param(
            make_delivery(busy_attempts=MAX_BUSY - 1, told=True),
            busy("HTTP 429"),
            (DeliveryState.FAILED, Reason.TRIED_TOO_OFTEN, PageState.FAILED, True),
            id="asked too often, given up",
        ),
        pytest.param(
            make_delivery(trying_since=NOON - TRY_FOR, told=True),
            down("no answer"),
            (DeliveryState.FAILED, Reason.TRIED_TOO_LONG, PageState.FAILED, True),
            id="tried for too long, given up",
        ),
        pytest.param(
            make_delivery(trying_since=NOON - TRY_FOR + timedelta(seconds=60), told=True),
            busy("HTTP 503", 300),
            (DeliveryState.FAILED, Reason.TRIED_TOO_LONG, PageState.FAILED, True),
            id="a wait beyond the end is no wait",
        ),
        pytest.param(
            make_delivery(state=DeliveryState.CANCELLED),
            delivered("HTTP 200"),
            (DeliveryState.DELIVERED, Reason.HANDED_OVER, PageState.DELIVERED, False),
            id="handed over while it was cancelled: the truth wins",
        ),
        pytest.param(make_delivery(state=DeliveryState.CANCELLED), down("x"), None, id="failed while it was cancelled"),
        pytest.param(make_delivery(state=DeliveryState.DELIVERED), delivered("x"), None, id="handed over twice"),
        pytest.param(make_delivery(attempts=1), down("x"), None, id="the same failure recorded again"),
    ],
)
def test_after_a_first_send(
    delivery: Delivery, outcome: Outcome, expected: tuple[DeliveryState, Reason, PageState | None, bool] | None
) -> None:
    move = after_send(delivery, 1, outcome, NOON, jitter=0.5)
    assert (None if move is None else (move.state, move.reason, move.tell, move.permanent)) == expected


@pytest.mark.parametrize(
    "delivery, outcome, shortest, longest",
    [
        pytest.param(make_delivery(), down("x"), 0.5, 1, id="first failure"),
        pytest.param(make_delivery(attempts=1), down("x"), 1, 2, id="second failure"),
        pytest.param(make_delivery(attempts=100), down("x"), 2, 4, id="a dead destination is asked every few seconds"),
        pytest.param(make_delivery(attempts=3, busy_attempts=3), busy("x"), 4, 8, id="a busy one less and less"),
        pytest.param(make_delivery(attempts=7, busy_attempts=7), busy("x"), 30, 60, id="up to a minute"),
        pytest.param(make_delivery(), busy("x", 42), 42, 42, id="its own wish counts"),
        pytest.param(make_delivery(), down("x", 86_400), 300, 300, id="within reason"),
    ],
)
def test_how_long_to_wait(delivery: Delivery, outcome: Outcome, shortest: float, longest: float) -> None:
    assert wait_seconds(attempts_of(delivery), outcome, PATIENCE, 0.0) == pytest.approx(shortest)
    assert wait_seconds(attempts_of(delivery), outcome, PATIENCE, 1.0) == pytest.approx(longest)


def test_a_failed_attempt_is_kept_in_the_providers_words_and_waits() -> None:
    delivery = make_delivery()
    move = after_send(delivery, 1, down("HTTP 502: bad gateway"), NOON, 1.0)
    assert move is not None
    after = apply_move(delivery, move, NOON)
    assert (after.version, after.attempts, after.told, after.owner) == (2, 1, True, None)
    assert after.due_at == NOON + timedelta(seconds=1)
    assert [attempt.detail for attempt in after.history] == ["HTTP 502: bad gateway"]
    assert after.trying_since == NOON


def test_a_finished_delivery_has_neither_owner_nor_due_time() -> None:
    delivery = make_delivery(due_at=NOON)
    move = after_send(delivery, 1, delivered("HTTP 200"), NOON, 0.0)
    assert move is not None
    after = apply_move(delivery, move, NOON)
    assert (after.owner, after.due_at, after.finished_at) == (None, None, NOON)


def test_only_the_last_attempts_are_kept() -> None:
    delivery = make_delivery()
    for number in range(1, ATTEMPTS_KEPT + 5):
        move = after_send(delivery, number, down(f"failure {number}"), NOON, 0.0)
        assert move is not None
        delivery = apply_move(delivery, move, NOON)
    assert len(delivery.history) == ATTEMPTS_KEPT
    assert delivery.attempts == ATTEMPTS_KEPT + 4
    assert delivery.history[-1].detail == f"failure {ATTEMPTS_KEPT + 4}"


def test_an_open_circuit_is_told_once_and_the_page_stays_in_hand() -> None:
    delivery = make_delivery()
    move = hold_back(delivery)
    assert move is not None
    after = apply_move(delivery, move, NOON)
    assert (after.state, after.owner, after.attempts) == (DeliveryState.SENDING, "comms#1", 0)
    assert hold_back(after) is None


def test_a_waiting_delivery_is_taken_up_by_whoever_claims_it() -> None:
    waiting = make_delivery(state=DeliveryState.QUEUED, owner=None, due_at=NOON)
    move = take_up(waiting)
    assert move is not None
    after = apply_move(waiting, move, NOON, owner="comms.2#7")
    assert (after.state, after.owner, after.due_at) == (DeliveryState.SENDING, "comms.2#7", None)
    assert take_up(after) is None


@pytest.mark.parametrize("state", list(DeliveryState))
def test_what_is_finished_is_never_cancelled(state: DeliveryState) -> None:
    move: Move | None = cancel(make_delivery(state=state), Reason.ANSWERED)
    assert (move is None) is state.is_final


def test_forgetting_leaves_the_ids() -> None:
    page = erase_person(make_page())
    assert (page.user.name, page.method.address) == ("", "")
    assert (page.user.id, page.method.id, page.page_id) == ("sara", "hook", "page-1")
