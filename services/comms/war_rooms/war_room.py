"""An incident's war room: a video call, and a Slack channel where there is Slack. Its life and its decisions. Pure.

    making → open → archived, or failed: then there is the call alone

The channel's name follows from the incident, so Slack itself tells whether there is one already: a channel that a dead
process made is found by its name. The call's room can't be guessed, since it is derived under Tocsin's secret. What
Slack could not do yet is due again later; the HTTP answer says what is there. Closing the incident archives
the channel. Imported incidents get none; a drill's is called so.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from html import unescape

from services.comms.delivery.outcome import Outcome, OutcomeKind
from services.comms.delivery.retry import Patience, Tried, after_failure
from services.comms.i18n.plain_text import one_line, shorten
from services.comms.incident_copies.disclosure import NotPublic
from services.comms.slack.text import escape
from shared.events import Event, make
from shared.events.communication import CommunicationFact, CommunicationKind
from shared.events.incidents import IncidentFact
from shared.events.oncall import runs_runbooks
from shared.ids import derive_id
from shared.problem import conflict
from shared.secrecy.signing import derive_key, sign
from shared.stored import Stored
from shared.vocabulary import IncidentStatus

PATIENCE = Patience(timedelta(hours=24), max_busy=200, down_longest_seconds=30.0, busy_longest_seconds=120.0)
TOPIC_LIMIT = 250
NAME_LIMIT = 80
MOST_INVITED = 200
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_-]+")


class RoomState(StrEnum):
    """Where a war room stands."""

    CALL_ONLY = "call_only"
    """No Slack is configured; asked for again when there is one, it gets a channel."""
    MAKING = "making"
    OPEN = "open"
    ARCHIVED = "archived"
    FAILED = "failed"
    """Slack refused for good; `detail` has its words. Asked for again, it is tried again."""


class RoomOutcome(StrEnum):
    """What became of a war room in Slack."""

    MADE = "made"
    ARCHIVED = "archived"
    LATER = "later"
    """Slack did not answer, or asked for patience: it is tried again."""
    FAILED = "failed"


class WarRoom(Stored):
    """One war room, as it is stored."""

    incident_id: str
    by: str
    created_at: datetime
    name: str
    call_url: str
    state: RoomState
    channel_id: str | None = None
    summary_ts: str | None = None
    """The pinned message."""
    shown: str = ""
    """What topic and summary say, as a digest: what has not changed isn't written again."""
    invited: list[str] = []
    """Slack ids that were asked in."""
    attempts: int = 0
    busy_attempts: int = 0
    trying_since: datetime | None = None
    detail: str = ""
    due_at: datetime | None = None
    version: int = 1


def require_room_allowed(incident: IncidentFact) -> None:
    """Raise a 409 `Problem` for an imported incident: it is history."""
    if incident.imported:
        raise conflict(NotPublic.IMPORTED.value, "This incident was imported: it gets no war room.")


def call_room(secret_key: str, incident_id: str) -> str:
    """The name of the call's room: the same at every attempt, and not to be guessed (96 bits)."""
    digest = sign(derive_key(secret_key, "tocsin call room v1"), incident_id.encode())
    return f"tocsin-{channel_name(incident_id, drill=False)}-{digest[:12].hex()}"


def channel_name(incident_id: str, *, drill: bool) -> str:
    """The channel's name, by Slack's rules: lower case, digits, hyphens, at most 80 characters."""
    name = _NOT_IN_NAMES.sub("-", incident_id.lower()).strip("-") or "incident"
    return (f"drill-{name}" if drill else name)[:NAME_LIMIT]


def new_room(incident: IncidentFact, call_url: str, by: str, now: datetime, *, with_slack: bool) -> WarRoom:
    """The room as it is first stored."""
    return WarRoom(
        incident_id=incident.id,
        by=by,
        created_at=now,
        name=channel_name(incident.id, drill=incident.drill_id is not None),
        call_url=call_url,
        state=RoomState.MAKING if with_slack else RoomState.CALL_ONLY,
        due_at=now if with_slack else None,
    )


def ask_again(room: WarRoom, now: datetime, *, with_slack: bool) -> WarRoom:
    """The room when somebody asks for it again: it gets the channel that it has not got so far."""
    if not with_slack or room.state not in (RoomState.CALL_ONLY, RoomState.FAILED):
        return room
    return settle_room(room, state=RoomState.MAKING, due_at=now)


def topic(incident: IncidentFact, room: WarRoom) -> str:
    """The channel's topic."""
    mark = "DRILL (runbooks run)" if runs_runbooks(incident.drill_id) else "DRILL"
    drill = f"{mark} · " if incident.drill_id else ""
    tail = f" · {room.call_url}"
    head = f"{drill}{incident.severity.value} · {incident.status.value} · {one_line(incident.title)}"
    space = length = max(20, TOPIC_LIMIT - len(tail))
    while len(text := escape(shorten(head, length))) > space:
        length -= max(1, (len(text) - space) // 5)
    return text + tail


def summary(incident: IncidentFact, room: WarRoom, base_url: str, names: dict[str, str]) -> str:
    """The pinned message, in Slack's mark-up."""
    held = [f"• {holder.role}: {escape(names.get(holder.user_id, holder.user_id))}" for holder in incident.roles]
    lines = [
        f"*{escape(shorten(one_line(incident.title), 300))}* ({escape(incident.id)})",
        f"Status: {incident.status.value} · severity: {incident.severity.value} · priority: {incident.priority.value}",
        f"Service: {escape(one_line(incident.service_name or incident.service_id or '—'))}",
        *([f"Impact: {escape(shorten(one_line(incident.impact), 500))}"] if incident.impact else []),
        *held,
        f"Call: {room.call_url}",
        f"Incident: {base_url}/incidents/{incident.id}",
    ]
    head = "*DRILL, its runbooks really run*" if runs_runbooks(incident.drill_id) else "*DRILL*"
    return "\n".join([head, *lines] if incident.drill_id else lines)


def is_over(incident: IncidentFact) -> bool:
    """True when the channel is archived: on close, not on resolve, for people still talk then."""
    return incident.status is IncidentStatus.CLOSED


def people_of(incident: IncidentFact) -> list[str]:
    """Whom the channel is for: holders of roles, whose the incident is, and who takes part."""
    wanted = [*(holder.user_id for holder in incident.roles), *incident.assignees, *incident.participants]
    return list(dict.fromkeys(wanted))[:MOST_INVITED]


def digest_of(*texts: str) -> str:
    """A short digest of what is shown."""
    return derive_id(*texts)


def settle_room(room: WarRoom, **changes: object) -> WarRoom:
    """The room once nothing is left to do for now."""
    fresh = {"due_at": None, "attempts": 0, "busy_attempts": 0, "trying_since": None, "detail": ""}
    return room.changed(**(fresh | changes))


def after_trouble(room: WarRoom, outcome: Outcome, now: datetime, jitter: float) -> WarRoom:
    """The room after Slack did not do something: it is asked again later, or never when that changes nothing."""
    tried = Tried(room.attempts, room.busy_attempts, room.trying_since)
    due_at = after_failure(tried, outcome, PATIENCE, now, jitter).due_at
    is_made = room.channel_id is not None
    return room.changed(
        state=room.state if due_at is not None or is_made else RoomState.FAILED,
        attempts=room.attempts + 1,
        busy_attempts=room.busy_attempts + (outcome.kind is OutcomeKind.BUSY),
        trying_since=room.trying_since or now,
        detail=outcome.detail,
        due_at=due_at,
    )


def outcome_of(after: WarRoom) -> RoomOutcome:
    """What trouble with Slack came to, by the room after it."""
    return RoomOutcome.FAILED if after.state is RoomState.FAILED else RoomOutcome.LATER


def opening_event(room: WarRoom) -> Event:
    """The line in the timeline that tells of the room. It names the call, which is for who may read the timeline."""
    words = f"A war room was opened: call {room.call_url}"
    fact = CommunicationFact(
        id=derive_id("war room", room.incident_id, prefix="com_"),
        incident_id=room.incident_id,
        kind=CommunicationKind.WAR_ROOM,
        text=words,
        by=room.by,
        url=room.call_url,
        at=room.created_at,
    )
    return make(
        "communication.noted.v1",
        subject=fact.id,
        sequence=1,
        time=room.created_at,
        data=fact,
        id=derive_id(fact.id, "communication.noted.v1"),
    )


class Marked(Stored):
    """A message of a war room that somebody marked for the timeline; its id is `channel/ts`."""

    id: str
    incident_id: str
    channel_id: str
    ts: str
    slack_user: str
    """Who marked it."""
    at: datetime
    attempts: int = 0
    busy_attempts: int = 0
    trying_since: datetime | None = None
    due_at: datetime | None = None
    version: int = 1


def postpone_mark(marked: Marked, outcome: Outcome, now: datetime, jitter: float) -> Marked:
    """A marked message whose words could not be fetched yet, or never."""
    tried = Tried(marked.attempts, marked.busy_attempts, marked.trying_since)
    return marked.changed(
        attempts=marked.attempts + 1,
        busy_attempts=marked.busy_attempts + (outcome.kind is OutcomeKind.BUSY),
        trying_since=marked.trying_since or now,
        due_at=after_failure(tried, outcome, PATIENCE, now, jitter).due_at,
    )


def message_event(marked: Marked, text: str, by: str) -> Event:
    """The line that a marked message becomes: its words, by who wrote it, at the time it was written."""
    fact = CommunicationFact(
        id=derive_id("marked", marked.id, prefix="com_"),
        incident_id=marked.incident_id,
        kind=CommunicationKind.MESSAGE,
        text=shorten(unescape(text), 4000),
        by=by,
        at=marked.at,
    )
    return make(
        "communication.noted.v1",
        subject=fact.id,
        sequence=1,
        time=marked.at,
        data=fact,
        id=derive_id(fact.id, "communication.noted.v1"),
    )
