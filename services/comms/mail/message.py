"""Letters: mail that is no page, such as notices and news to stakeholders and subscribers; what decides in their life.

    queued → sending → delivered | failed | cancelled, and back from sending to queued for another attempt

A letter is stored before it is sent, under an id that is derived from its cause, so the same cause writes one letter.
Its `Message-ID` is its id: a repeat after a crash is the same mail to whoever reads it. A process that takes a letter
up holds it for `HELD_FOR`; when it dies the letter is due again.

A letter to one of our own people names the person only: the address is looked up when it is sent, and whoever was
erased meanwhile gets none. Bulk letters (to subscribers) wait in a lane of their own, so that ten thousand of them
delay no notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from services.comms.delivery.delivery_state import ATTEMPTS_KEPT, Attempt, DeliveryState, Move, Reason
from services.comms.delivery.outcome import Outcome, OutcomeKind
from services.comms.delivery.retry import Patience, Tried, after_failure
from shared.stored import Stored

PATIENCE = Patience(timedelta(hours=24), max_busy=60, down_longest_seconds=60.0, busy_longest_seconds=900.0)
"""Much more than a page's: nobody is to be woken by a letter, and it is still worth reading tomorrow."""
HELD_FOR = timedelta(seconds=30)
UNKNOWN_FOR = timedelta(seconds=30)
"""How long a letter waits for news of a person whom nobody here knows yet."""
UNKNOWN_AGAIN = timedelta(seconds=2)


class Lane(StrEnum):
    """Which letters go first."""

    FIRST = "first"
    BULK = "bulk"


class LetterKind(StrEnum):
    """What a letter is about."""

    NOTICE = "notice"
    """To one of our own people: a role was handed over, an action is due."""
    STAKEHOLDERS = "stakeholders"
    CONFIRMATION = "confirmation"
    """Asks somebody outside whether they want what was ordered in their name."""
    SUBSCRIPTION = "subscription"
    """To subscribers of a status page."""

    @property
    def lane(self) -> Lane:
        """Subscribers may be thousands; the others are few, and each is waited for."""
        return Lane.BULK if self is LetterKind.SUBSCRIPTION else Lane.FIRST


class Letter(Stored):
    """One mail to one reader, complete, as it was asked for."""

    id: str
    """Derived from its cause and its reader."""
    kind: LetterKind
    user_id: str | None = None
    """The reader, one of our own people; then there is no address here."""
    address: str = ""
    sender_name: str = ""
    """In whose name it comes; empty: Tocsin's own, as the settings say."""
    subject: str
    text: str
    html: str
    picture: str = ""
    """SVG, which the HTML shows; it is sent as PNG, for mail clients draw no SVG."""
    thread: str | None = None
    """What it belongs to: letters with the same one are one thread for their reader's mail client."""
    headers: Mapping[str, str] = {}
    """More headers, such as `List-Unsubscribe`."""
    incident_id: str | None = None
    requested_at: datetime


class PostedLetter(Stored):
    """A letter on its way, as it is stored."""

    letter: Letter
    version: int = 1
    state: DeliveryState = DeliveryState.QUEUED
    reason: Reason = Reason.REQUESTED
    detail: str = ""
    attempts: int = 0
    busy_attempts: int = 0
    history: list[Attempt] = []
    """The last attempts, oldest first."""
    trying_since: datetime | None = None
    lane: Lane | None = None
    """Where it waits; absent when it is finished, as `due_at` is."""
    due_at: datetime | None = None
    """When it is to be taken up, or taken from a process that died."""
    finished_at: datetime | None = None

    @property
    def id(self) -> str:
        """The letter's id."""
        return self.letter.id


def to_posted_letter(letter: Letter, now: datetime) -> PostedLetter:
    """The first version of a letter."""
    return PostedLetter(letter=letter, lane=letter.kind.lane, due_at=now)


def take_up(one: PostedLetter, now: datetime) -> Move | None:
    """The move by which a process holds a due letter; None when another one holds it, or it is finished."""
    if one.state.is_final or one.due_at is None or one.due_at > now:
        return None
    return Move(DeliveryState.SENDING, Reason.SEND, one.detail, due_at=now + HELD_FOR)


def without_address(one: PostedLetter, *, erased: bool, now: datetime) -> Move:
    """What becomes of a letter whose reader has no address here at `now`: an erased person's is cancelled, an unknown
    one's waits a while.
    """
    if erased:
        return cancel_letter(Reason.ERASED, "the person was erased before the letter was sent")
    if now - one.letter.requested_at < UNKNOWN_FOR:
        return Move(
            DeliveryState.QUEUED, Reason.UNKNOWN_PERSON, "nobody knows the person yet", due_at=now + UNKNOWN_AGAIN
        )
    return Move(DeliveryState.FAILED, Reason.UNKNOWN_PERSON, "nobody knows this person's address")


def after_send(one: PostedLetter, outcome: Outcome, now: datetime, jitter: float) -> Move:
    """What the outcome of an attempt changes. `jitter` is a random number in [0, 1)."""
    if outcome.kind is OutcomeKind.DELIVERED:
        return Move(DeliveryState.DELIVERED, Reason.HANDED_OVER, outcome.detail, outcome=outcome)
    before = Tried(one.attempts, one.busy_attempts, one.trying_since)
    following = after_failure(before, outcome, PATIENCE, now, jitter)
    state = DeliveryState.FAILED if following.due_at is None else DeliveryState.QUEUED
    return Move(state, Reason(following.why), outcome.detail, due_at=following.due_at, outcome=outcome)


def cancel_letter(reason: Reason, detail: str) -> Move:
    """The move that cancels a letter."""
    return Move(DeliveryState.CANCELLED, reason, detail)


def apply_move(one: PostedLetter, move: Move, now: datetime) -> PostedLetter:
    """The letter after the move: its next version. A finished one keeps its text, as a ledger does, and no HTML."""
    attempt = [Attempt(at=now, result=move.outcome.kind, detail=move.outcome.detail)] if move.outcome else []
    is_busy = move.outcome is not None and move.outcome.kind is OutcomeKind.BUSY
    over = move.state.is_final
    return one.changed(
        letter=one.letter.changed(html="", picture="") if over else one.letter,
        version=one.version + 1,
        state=move.state,
        reason=move.reason,
        detail=move.detail,
        attempts=one.attempts + len(attempt),
        busy_attempts=one.busy_attempts + is_busy,
        history=[*one.history, *attempt][-ATTEMPTS_KEPT:],
        trying_since=one.trying_since or (now if attempt else None),
        lane=None if over else one.letter.kind.lane,
        due_at=None if over else move.due_at,
        finished_at=now if over else None,
    )
