"""An incident as a line of history: all that is a fact about it, nothing that is an opinion of the moment.

One shape for both ways, so whatever is written out can be read in. Not in it: versions, states of clocks, whom the
escalation told, and the mark that an incident was imported. Times are UTC to the millisecond; who and what is named
stays the word that it was, whether or not anybody here is called so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo

from services.incident.action_items.action import Day
from services.incident.catalogue.service_definition import EdgeKind
from services.incident.incidents.commands import Status
from services.incident.incidents.suspect_mark import Verdict
from services.incident.postmortems.postmortem import State
from services.incident.postmortems.sections import MAX_SECTION, Section
from shared.clocks.epoch import EPOCH
from shared.events.actions import ActionState
from shared.events.communication import TicketState
from shared.vocabulary import Category, IncidentStatus, Priority, Severity, Urgency

MOST_ENTRIES = 20_000
MOST = 2_000
"""Of every list but the timeline."""


def read_time(value: Any, info: ValidationInfo) -> datetime:
    """A time as text, in UTC to the millisecond; one without a zone is UTC, which is noted.

    `info.context` is the set that notes go to. Raises `ValueError`.
    """
    if isinstance(value, datetime):
        at = value
    elif isinstance(value, str):
        try:
            at = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError("must be a time such as 2026-01-31T08:00:00Z") from None
    else:
        raise ValueError("must be a time such as 2026-01-31T08:00:00Z")  # noqa: TRY004 - pydantic wants a ValueError
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
        if isinstance(info.context, set):
            info.context.add("times without a zone were taken as UTC")
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time is out of range") from None
    if at < EPOCH:
        raise ValueError(f"before {EPOCH.year}")
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def read_word(value: Any) -> Any:
    """A word of a closed set, however it is written."""
    return value.strip().lower() if isinstance(value, str) else value


Time = Annotated[datetime, BeforeValidator(read_time, json_schema_input_type=datetime)]
Name = Annotated[str, StringConstraints(max_length=500)]
"""Somebody's or something's id or name."""
Short = Annotated[str, StringConstraints(max_length=2_000)]
Text = Annotated[str, StringConstraints(max_length=10_000)]
Word = BeforeValidator(read_word)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class EntryRow(_Part):
    """An entry of the timeline."""

    at: Time
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = "note"
    author: Name = ""
    text: Text


class RoleRow(_Part):
    """Somebody holds, or held, a role."""

    role: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    name: Name = ""
    duties: Annotated[list[Short], Field(max_length=MOST)] = []
    user_id: Name
    since: Time | None = None
    ended_at: Time | None = None


class ReachedRow(_Part):
    """A service of the blast radius."""

    service_id: Name
    distance: Annotated[int, Field(ge=1, le=20_000)]
    path: Annotated[list[Name], Field(min_length=2, max_length=20_001)]
    kind: Annotated[EdgeKind, Word] = EdgeKind.HARD


class RadiusRow(_Part):
    """What its services needed when it opened, and what needed them."""

    upstream: Annotated[list[ReachedRow], Field(max_length=MOST)] = []
    downstream: Annotated[list[ReachedRow], Field(max_length=MOST)] = []
    upstream_complete: bool = True
    downstream_complete: bool = True


class CountsRow(_Part):
    """How many alerts it had, and how many of them fired to the last."""

    count: Annotated[int, Field(ge=0, le=10**9)] = 0
    firing: Annotated[int, Field(ge=0, le=10**9)] = 0


class EffectRow(_Part):
    """A service whose alerts joined it as effects."""

    service_id: Name
    path: Annotated[list[Name], Field(max_length=MOST)] = []
    at: Time


class VerdictRow(_Part):
    """What a person found out about a change that was a suspect."""

    change_id: Name
    verdict: Annotated[Verdict, Word]
    by: Name = ""
    at: Time


class CommentRow(_Part):
    """A comment on the post-mortem."""

    text: Text
    section: Section | None = None
    author: Name = ""
    at: Time
    resolved: bool = False
    resolved_at: Time | None = None
    resolved_by: Name | None = None


class PostmortemRecord(_Part):
    """The post-mortem; its sections are Markdown."""

    title: Annotated[str, StringConstraints(max_length=500)] = ""
    state: Annotated[State, Word] = State.DRAFT
    sections: dict[Section, Annotated[str, StringConstraints(max_length=MAX_SECTION)]] = {}
    written: list[Section] = []
    """The sections that somebody wrote: drafting anew leaves them alone. Left out: those with a text."""
    reviewers: Annotated[list[Name], Field(max_length=MOST)] = []
    created_at: Time | None = None
    created_by: Name = ""
    updated_at: Time | None = None
    updated_by: Name = ""
    published_at: Time | None = None
    published_by: Name | None = None
    comments: Annotated[list[CommentRow], Field(max_length=MOST)] = []


class TicketRow(_Part):
    """An action item in a ticket system."""

    provider: Annotated[str, StringConstraints(max_length=100)]
    key: Name
    url: Short
    state: Annotated[TicketState, Word]


class ActionRow(_Part):
    """What is, or was, to be done."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.~:@+-]{0,127}$")] | None = None
    title: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    description: Text = ""
    state: Annotated[ActionState, Word] = ActionState.OPEN
    assignee_id: Name | None = None
    due_on: Day | None = None
    priority: Annotated[Priority, Word] = Priority.MEDIUM
    origin: Name = "tocsin"
    created_at: Time | None = None
    created_by: Name = ""
    updated_at: Time | None = None
    updated_by: Name = ""
    closed_at: Time | None = None
    ticket: TicketRow | None = None


class HistoryRow(_Part):
    """An incident in a history. Only `title` and `created_at` are required."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    id: Annotated[str, StringConstraints(pattern=r"^INC-[0-9]{8}-[0-9]{4,7}$")] | None = None
    """`INC-YYYYMMDD-NNNN`, four to seven digits; one is given to a row without."""
    occurrence: Annotated[int, Field(ge=1, le=10**6)] | None = None
    """Of a row without an id: which of the equal rows of its file it is, from 1. Left out: counted within the call."""
    title: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    description: Text = ""
    status: Annotated[Status, Word] | None = None
    """Left out: resolved with `resolved_at`, else acknowledged with `acknowledged_at`, else triggered."""
    severity: Annotated[Severity, Word] | None = None
    priority: Annotated[Priority, Word] | None = None
    category: Annotated[Category, Word] = Category.FAILURE
    urgency: Annotated[Urgency, Word] | None = None
    """Left out: it follows from the priority."""
    service_id: Name | None = None
    service_name: Name | None = None
    team: Name | None = None
    escalation_policy_id: Name | None = None
    drill: bool = False
    drill_id: Name | None = None
    merged_into: Name | None = None
    merged_from: Annotated[list[Name], Field(max_length=MOST)] = []
    affected_components: Annotated[list[Short], Field(max_length=MOST)] = []
    impact: Text = ""
    alerts: CountsRow = CountsRow()
    effects: Annotated[list[EffectRow], Field(max_length=MOST)] = []
    blast_radius: RadiusRow = RadiusRow()
    suspect_verdicts: Annotated[list[VerdictRow], Field(max_length=MOST)] = []
    assignees: Annotated[list[Name], Field(max_length=MOST)] = []
    participants: Annotated[list[Name], Field(max_length=MOST)] = []
    roles: Annotated[list[RoleRow], Field(max_length=MOST)] = []
    created_at: Time
    started_at: Time | None = None
    """When the trouble began, where that was before."""
    acknowledged_at: Time | None = None
    acknowledged_by: Name | None = None
    resolved_at: Time | None = None
    resolved_by: Name | None = None
    reopened_at: Time | None = None
    status_times: dict[Annotated[IncidentStatus, Word], Time] = {}
    actions_taken: Annotated[list[Short], Field(max_length=MOST)] = []
    root_cause: Text = ""
    preventive_measures: Annotated[list[Short], Field(max_length=MOST)] = []
    timeline: Annotated[list[EntryRow], Field(max_length=MOST_ENTRIES)] = []
    postmortem: PostmortemRecord | None = None
    actions: Annotated[list[ActionRow], Field(max_length=MOST)] = []
