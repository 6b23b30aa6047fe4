"""A delivery's life, and every decision in it with its reason.

    queued ⇄ sending → delivered | failed | cancelled

A delivery is *sending* while a process holds it and *queued* while it waits, stored, for its due time: a retry is a
due time in the store, never a loop in memory. The branches stand in the order of policy.

Before a send: a person who was erased, or an incident that was answered, cancels it; what was tried for too long is
given up; all else is sent.
After a send: handed over is final, and wins over a cancellation that came while it was under way, because it is the
truth. Refused is final. Anything else waits and is tried again, until the page has been tried for `TRY_FOR` or asked
for patience `MAX_BUSY` times.

What on-call hears. `page.failed` with `permanent=true` is final: no retry comes. The first failure that *is* retried
is told too, with `permanent=false`, so that on-call moves to the person's next contact method at once while comms
goes on trying; later ones are only recorded here. A delivery that waits because its destination's circuit is open
counts as such a first failure.

How long trying goes on is counted from the first attempt, not from the request: a page that waited through an outage
of ours is still wanted, unless its incident was answered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from services.comms.delivery.delivery_state import ATTEMPTS_KEPT, SEND, Attempt, DeliveryState, Move, Reason
from services.comms.delivery.outcome import Outcome, OutcomeKind
from services.comms.delivery.retry import Patience, Tried, after_failure
from shared.events.oncall import PageFact, PageState
from shared.stored import Stored

TRY_FOR = timedelta(minutes=15)
MAX_BUSY = 8
PATIENCE = Patience(TRY_FOR, MAX_BUSY, down_longest_seconds=4.0, busy_longest_seconds=60.0)


class Origin(BaseModel):
    """The event that asked for the page: what its results belong to."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    correlation: str | None = None
    traceparent: str | None = None


class Delivery(Stored):
    """One page on its way, as it is stored; its id is the page's."""

    page: PageFact
    origin: Origin
    version: int = 1
    state: DeliveryState = DeliveryState.SENDING
    reason: Reason = Reason.REQUESTED
    detail: str = ""
    attempts: int = 0
    busy_attempts: int = 0
    history: list[Attempt] = []
    """The last attempts, oldest first."""
    trying_since: datetime | None = None
    told: bool = False
    """On-call knows that it did not go through at first."""
    owner: str | None = None
    """The process that holds it, while it is sending."""
    due_at: datetime | None = None
    """When it is to be taken up; absent when it is finished."""
    finished_at: datetime | None = None
    reference: str | None = None
    """Where the message is now, where its channel can bring it up to date."""

    @property
    def id(self) -> str:
        """The page's id."""
        return self.page.page_id


def accept_page(page: PageFact, origin: Origin, owner: str | None, now: datetime) -> Delivery:
    """The first version of a delivery: held by the process that took it in, or, without one, due for anybody."""
    if owner is None:
        return Delivery(page=page, origin=origin, state=DeliveryState.QUEUED, due_at=now)
    return Delivery(page=page, origin=origin, owner=owner)


def erase_person(page: PageFact) -> PageFact:
    """The page without the person's name and address."""
    return page.changed(
        user=page.user.changed(name=""),
        method=page.method.changed(address=""),
    )


def before_send(delivery: Delivery, no_longer_wanted: Reason | None, now: datetime) -> Move:
    """Whether a held delivery is sent at `now`; `no_longer_wanted` is why its incident needs no page, if so."""
    if not delivery.page.method.address:
        return _cancellation(Reason.ERASED)
    if no_longer_wanted is not None:
        return _cancellation(no_longer_wanted)
    if delivery.trying_since is not None and now - delivery.trying_since > TRY_FOR:
        return give_up(Reason.TRIED_TOO_LONG, delivery.detail)
    return SEND


def after_send(delivery: Delivery, number: int, outcome: Outcome, now: datetime, jitter: float) -> Move | None:
    """What the outcome of the `number`-th attempt (from 1) changes; None when it changes nothing.

    `jitter` is a random number in [0, 1). An attempt that failed counts once, however often its outcome is recorded.
    """
    if outcome.kind is OutcomeKind.DELIVERED:
        if delivery.state is DeliveryState.DELIVERED:
            return None
        return Move(
            DeliveryState.DELIVERED,
            Reason.HANDED_OVER,
            outcome.detail,
            outcome=outcome,
            tell=PageState.DELIVERED,
        )
    if delivery.state.is_final or delivery.attempts >= number:
        return None
    following = after_failure(attempts_of(delivery), outcome, PATIENCE, now, jitter)
    if following.due_at is None:
        return give_up(Reason(following.why), outcome.detail, outcome)
    return Move(
        DeliveryState.QUEUED,
        Reason(following.why),
        outcome.detail,
        due_at=following.due_at,
        outcome=outcome,
        tell=None if delivery.told else PageState.FAILED,
    )


def attempts_of(delivery: Delivery) -> Tried:
    """What was tried of this delivery so far."""
    return Tried(delivery.attempts, delivery.busy_attempts, delivery.trying_since)


def hold_back(delivery: Delivery) -> Move | None:
    """The move while the destination's circuit is open: on-call is told once, nothing is sent; None once told."""
    if delivery.told or delivery.state.is_final:
        return None
    return Move(
        DeliveryState.SENDING,
        Reason.CIRCUIT_OPEN,
        "the destination failed repeatedly; it is probed every few seconds",
        tell=PageState.FAILED,
    )


def give_up(reason: Reason, detail: str, outcome: Outcome | None = None) -> Move:
    """No further attempt: on-call is told that the failure is permanent."""
    return Move(
        DeliveryState.FAILED, reason, detail or reason.value, outcome=outcome, tell=PageState.FAILED, permanent=True
    )


def cancel(delivery: Delivery, reason: Reason) -> Move | None:
    """The move that cancels a delivery; None when it is finished anyway."""
    return None if delivery.state.is_final else _cancellation(reason)


def _cancellation(reason: Reason) -> Move:
    return Move(DeliveryState.CANCELLED, reason, CANCELLED_WORDS[reason], tell=PageState.CANCELLED)


CANCELLED_WORDS = {
    Reason.ANSWERED: "the incident was acknowledged before the page was sent",
    Reason.RESOLVED: "the incident was resolved before the page was sent",
    Reason.MERGED: "the incident was merged before the page was sent",
    Reason.SNOOZED: "the incident was snoozed before the page was sent",
    Reason.ERASED: "the person was erased before the page was sent",
}


def take_up(delivery: Delivery) -> Move | None:
    """The move that takes up a waiting delivery; None when it does not wait any more."""
    if delivery.state is not DeliveryState.QUEUED:
        return None
    return Move(DeliveryState.SENDING, delivery.reason, delivery.detail)


def apply_move(delivery: Delivery, move: Move, now: datetime, owner: str | None = None) -> Delivery:
    """The delivery after the move: its next version. `owner` is who holds it from now on, when that changes."""
    attempt = [Attempt(at=now, result=move.outcome.kind, detail=move.outcome.detail)] if move.outcome else []
    is_busy = move.outcome is not None and move.outcome.kind is OutcomeKind.BUSY
    held = move.state is DeliveryState.SENDING
    return delivery.changed(
        version=delivery.version + 1,
        state=move.state,
        reason=move.reason,
        detail=move.detail,
        attempts=delivery.attempts + len(attempt),
        busy_attempts=delivery.busy_attempts + is_busy,
        history=[*delivery.history, *attempt][-ATTEMPTS_KEPT:],
        trying_since=delivery.trying_since or (now if attempt or move.tell is PageState.FAILED else None),
        told=delivery.told or move.tell is PageState.FAILED,
        owner=(owner or delivery.owner) if held else None,
        due_at=move.due_at,
        finished_at=now if move.state.is_final else None,
        reference=(move.outcome.reference if move.outcome else None) or delivery.reference,
    )
