"""The ticket of an action item, and every decision about it.

Both sides change it. What each side said last is kept: `action` is ours, `status` is the ticket system's, and `agreed`
is the state in which both stood when they were last brought together. Only a difference from `agreed` is a change, so
what we wrote comes back (by webhook or by the reconcile pass) and changes nothing, and what they said comes back to us
as our own action's change and is not written again: nothing echoes.

When their side moved, the action is to follow, and until it has, what our side says of the state is old news:
`awaiting` holds the event that told of it, at most for `AWAIT`. Both sides moved at once: theirs stands, since it is
the one that was told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.comms.tickets.project import Place
from shared.events.actions import ActionFact, ActionState
from shared.events.communication import TicketFact, TicketState
from shared.stored import Stored
from shared.vocabulary import Priority

AWAIT = timedelta(seconds=60)
HELD_FOR = timedelta(seconds=60)
"""How long a process holds a ticket that it works on."""
CHECK_EVERY = timedelta(minutes=1)
CHECKED_WHEN_CLOSED = timedelta(days=14)
"""How long a ticket is still looked at after it was closed: it may be reopened there."""
MAX_SUMMARY = 255
_SPACE = re.compile(r"\s+")

STATE_OF: Mapping[ActionState, TicketState] = {
    ActionState.OPEN: TicketState.OPEN,
    ActionState.IN_PROGRESS: TicketState.IN_PROGRESS,
    ActionState.DONE: TicketState.DONE,
    ActionState.DROPPED: TicketState.DONE,
}


class Sync(StrEnum):
    """How well both sides agree."""

    PENDING = "pending"
    SYNCED = "synced"
    FAILED = "failed"
    """The ticket system refused; the next change of the action tries again."""
    GONE = "gone"
    """The ticket was deleted there."""


class StepOutcome(StrEnum):
    """What became of one step in a ticket system."""

    DONE = "done"
    LATER = "later"
    """The ticket system did not answer, or asked for patience: it is tried again."""
    FAILED = "failed"
    GONE = "gone"
    """The ticket was deleted there."""


class TicketContent(BaseModel):
    """What a ticket says, but for its status."""

    model_config = ConfigDict(frozen=True)

    summary: str
    description: str
    due_on: str | None = None
    priority: Priority
    assignee_id: str | None = None


class Ticket(Stored):
    """A ticket as it is stored under its action's id. `version` is that of the stored document."""

    id: str
    version: int = 0
    action: ActionFact
    action_seq: int
    place_id: str
    provider: str
    key: str | None = None
    """None: it is to be made, or being made."""
    url: str | None = None
    status: str = ""
    """The ticket system's word for where it stands."""
    status_at: datetime | None = None
    agreed: TicketState | None = None
    written: TicketContent | None = None
    """What we wrote last."""
    begun: bool = False
    """Somebody began to make it: before it is made (again) it is looked for."""
    awaiting: str | None = None
    """The id of the event by which the action is to follow."""
    awaiting_until: datetime | None = None
    sync: Sync = Sync.PENDING
    detail: str = ""
    attempts: int = 0
    busy_attempts: int = 0
    trying_since: datetime | None = None
    due_at: datetime | None = None
    """When something is to be written there, or a process that holds it is given up; absent when nothing is."""
    held_until: datetime | None = None
    """A process works on it, and will see what has changed meanwhile before it lets go."""
    check_at: datetime | None = None
    """When it is to be looked at there."""
    created_at: datetime
    updated_at: datetime


class Step(StrEnum):
    """What is to be done next in the ticket system."""

    CREATE = "create"
    EDIT = "edit"
    MOVE = "move"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as its system has it; `state` is what its status stands for."""

    key: str
    url: str
    status: str
    state: TicketState
    at: datetime | None = None
    """When it came to that, where the system says so."""

    def at_time(self, at: datetime | None) -> Seen:
        """The same, told of this time."""
        return replace(self, at=at)


def wants_ticket(action: ActionFact) -> bool:
    """Whether an action gets a ticket: it is somebody's and open, and no drill's or import's."""
    return (
        action.assignee_id is not None
        and action.state.is_open
        and not (action.deleted or action.drill or action.imported)
    )


def begin(action: ActionFact, seq: int, place: Place, now: datetime) -> Ticket:
    """The ticket that an action is to have."""
    return Ticket(
        id=action.id,
        action=action,
        action_seq=seq,
        place_id=place.id,
        provider=place.provider,
        due_at=now,
        created_at=now,
        updated_at=now,
    )


def follow_action(ticket: Ticket, action: ActionFact, seq: int, event_origin: str | None, now: datetime) -> Ticket:
    """The ticket after its action changed; an older state changes nothing.

    `event_origin` is the id of the ticket event that the action followed, where it followed one.
    """
    if seq <= ticket.action_seq:
        return ticket
    update: dict[str, object] = {"action": action, "action_seq": seq, "updated_at": now}
    if ticket.awaiting is not None and event_origin == ticket.awaiting:
        update |= {"awaiting": None, "awaiting_until": None}
    after = ticket.changed(**update)
    if ticket.sync is Sync.GONE:
        return after
    if is_held(ticket, now):
        return after
    if next_step(after, now) is Step.NOTHING:
        return after.changed(due_at=after.awaiting_until)
    return after.changed(due_at=now, sync=Sync.PENDING, **_FRESH)


def is_held(ticket: Ticket, now: datetime) -> bool:
    """A process works on the ticket."""
    return ticket.held_until is not None and now < ticket.held_until


def hold(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket held by a process, for at most `HELD_FOR`."""
    return ticket.changed(held_until=now + HELD_FOR, due_at=now + HELD_FOR)


def release(ticket: Ticket, due_at: datetime | None, **update: object) -> Ticket:
    """The ticket held by no process, due at `due_at`."""
    return ticket.changed(held_until=None, due_at=due_at, **update)


_FRESH: Mapping[str, object] = {"attempts": 0, "busy_attempts": 0, "trying_since": None, "detail": ""}


def state_wanted(ticket: Ticket, now: datetime) -> TicketState | None:
    """The state in which our side wants the ticket to be; None while it has nothing to say about that."""
    if ticket.awaiting is not None and (ticket.awaiting_until is None or now < ticket.awaiting_until):
        return None
    return TicketState.DONE if ticket.action.deleted else STATE_OF[ticket.action.state]


def next_step(ticket: Ticket, now: datetime) -> Step:
    """What is to be done next, in this order: make it, have it say what the action says, move it."""
    if ticket.sync is Sync.GONE:
        return Step.NOTHING
    if ticket.key is None:
        return Step.CREATE if wants_ticket(ticket.action) or ticket.begun else Step.NOTHING
    if ticket.written is not None and ticket.written != content_of(ticket.action) and not ticket.action.deleted:
        return Step.EDIT
    wanted = state_wanted(ticket, now)
    return Step.MOVE if wanted is not None and wanted is not ticket.agreed else Step.NOTHING


def content_of(action: ActionFact) -> TicketContent:
    """What the ticket of an action says. The summary is one line of at most 255 characters, as Jira wants it."""
    summary = _SPACE.sub(" ", action.title).strip()
    return TicketContent(
        summary=summary if len(summary) <= MAX_SUMMARY else summary[: MAX_SUMMARY - 1] + "…",
        description=action.description,
        due_on=action.due_on.isoformat() if isinstance(action.due_on, date) else None,
        priority=action.priority,
        assignee_id=action.assignee_id,
    )


def start_creation(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket marked as begun before the call that makes it: whoever takes it up later looks for it there first."""
    return ticket.changed(begun=True, updated_at=now)


def record_creation(ticket: Ticket, now: datetime, *, seen: Seen, content: TicketContent) -> Ticket:
    """The ticket once it is there; `content` is what it was made with."""
    return ticket.changed(
        key=seen.key,
        url=seen.url,
        status=seen.status,
        status_at=seen.at,
        agreed=seen.state,
        written=content,
        check_at=now + CHECK_EVERY,
        updated_at=now,
        **_FRESH,
    )


def record_edit(ticket: Ticket, now: datetime, *, content: TicketContent) -> Ticket:
    """The ticket once it says `content`."""
    return ticket.changed(written=content, updated_at=now, **_FRESH)


def record_move(ticket: Ticket, now: datetime, *, seen: Seen, to: TicketState) -> Ticket:
    """The ticket once it stands where our side wanted it: at `to`."""
    return ticket.changed(
        status=seen.status,
        status_at=seen.at or ticket.status_at,
        agreed=to,
        updated_at=now,
        **_FRESH,
    )


def mark_synced(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket when there is nothing more to write for now; unchanged while there is."""
    if next_step(ticket, now) is not Step.NOTHING:
        return ticket
    over = ticket.awaiting_until is not None and ticket.awaiting_until <= now
    update: dict[str, object] = {"awaiting": None, "awaiting_until": None} if over else {}
    due_at = None if over else ticket.awaiting_until
    sync = ticket.sync if ticket.sync is Sync.GONE else Sync.SYNCED
    return release(ticket, due_at, sync=sync, updated_at=now, **update)


def record_failure(ticket: Ticket, detail: str, now: datetime) -> Ticket:
    """The ticket after its system refused: the next change of its action tries again."""
    return release(ticket, None, sync=Sync.FAILED, detail=detail, updated_at=now)


def apply_remote(ticket: Ticket, seen: Seen, event_id: str, now: datetime) -> tuple[Ticket, bool]:
    """The ticket after its system told where it stands, and whether the action is to follow.

    `event_id` is that of the event that would tell of it. Older news than are known change nothing.
    """
    if seen.at is not None and ticket.status_at is not None and seen.at < ticket.status_at:
        return ticket, False
    update: dict[str, object] = {"status": seen.status, "status_at": seen.at or ticket.status_at}
    if ticket.url is None and seen.url:
        update["url"] = seen.url
    follows = seen.state is not ticket.agreed
    if follows:
        update |= {
            "agreed": seen.state,
            "awaiting": event_id,
            "awaiting_until": now + AWAIT,
            "updated_at": now,
        }
        if not is_held(ticket, now):
            update["due_at"] = now + AWAIT
    after = ticket.changed(**update)
    return (after, follows) if after != ticket else (ticket, False)


def mark_deleted(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket after it was deleted there: the action goes on without it."""
    gone = {"sync": Sync.GONE, "detail": "the ticket was deleted there", "check_at": None}
    return release(ticket, None, **gone, awaiting=None, awaiting_until=None, updated_at=now)


def next_check(ticket: Ticket, now: datetime) -> datetime | None:
    """When the ticket is looked at next; None: never again, unless the action changes."""
    if ticket.key is None or ticket.sync is Sync.GONE:
        return None
    closed_at = ticket.action.closed_at or ticket.updated_at
    if not ticket.action.state.is_open and ticket.agreed is TicketState.DONE and now - closed_at > CHECKED_WHEN_CLOSED:
        return None
    return now + CHECK_EVERY


def ticket_fact(ticket: Ticket, *, from_provider: bool, at: datetime) -> TicketFact | None:
    """The ticket as others are told it; None while it is not there yet."""
    if ticket.key is None or ticket.agreed is None:
        return None
    return TicketFact(
        action_id=ticket.id,
        provider=ticket.provider,
        key=ticket.key,
        url=ticket.url or "",
        state=ticket.agreed,
        from_provider=from_provider,
        at=at,
    )


def origin_event(action: ActionFact, provider: str) -> str | None:
    """The id of the ticket event that the action followed, where it followed one of this provider."""
    name, _, event_id = action.origin.partition(":")
    return event_id or None if name == provider else None


def outcome_of(after: Ticket) -> StepOutcome:
    """What a step came to that was not done, by the ticket after it."""
    return {Sync.GONE: StepOutcome.GONE, Sync.FAILED: StepOutcome.FAILED}.get(after.sync, StepOutcome.LATER)
