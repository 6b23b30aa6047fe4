"""What on-call tells: people, teams, plans, escalations and the pages they ask for.

Names and addresses of people travel only in `UserFact` and `PageFact`; both stay out of the stream.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from shared.events.envelope import Fact
from shared.vocabulary import Category, Channel, IncidentStatus, PageReason, Priority, Role, Severity, Urgency


class ContactMethod(Fact):
    """One way to reach a person."""

    id: str
    channel: Channel
    address: str


class UserFact(Fact):
    """A person."""

    id: str
    name: str
    email: str
    time_zone: str = "UTC"
    locale: str = "en"
    role: Role = Role.RESPONDER
    contact_methods: list[ContactMethod] = []
    deleted: bool = False


class UserErased(Fact):
    """Every service forgets this person's name and addresses."""

    id: str


class TeamFact(Fact):
    """A team."""

    id: str
    name: str
    members: list[str] = []
    deleted: bool = False


class ScheduleFact(Fact):
    """A schedule, as far as others need to know it."""

    id: str
    name: str
    team: str | None = None
    time_zone: str
    deleted: bool = False


class PolicyFact(Fact):
    """An escalation policy, as far as others need to know it."""

    id: str
    name: str
    steps: int
    repeat: int = 0
    deleted: bool = False


class Finding(Fact):
    """One thing that is wrong with who is on call. The sentence names people by their ids."""

    kind: str
    sentence: str
    schedule_id: str | None = None
    user_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    service_id: str | None = None


class AuditFact(Fact):
    """What a team has to mend: services of it whose alerts would page nobody, gaps in its schedules in the days ahead,
    people of it whom no method reaches.
    """

    team_id: str
    members: list[str] = []
    made_at: datetime
    until: datetime
    findings: list[Finding] = []


class EscalationState(StrEnum):
    """Where an escalation stands."""

    RUNNING = "running"
    ANSWERED = "answered"
    SNOOZED = "snoozed"
    ENDED = "ended"
    EXHAUSTED = "exhausted"
    NOBODY = "nobody"


class EscalationFact(Fact):
    """Who is being told about an incident, and how far it went."""

    incident_id: str
    state: EscalationState
    generation: int
    reason: PageReason
    policy_id: str | None = None
    step: int = 0
    """Counted from 1; 0 before the first."""
    round: int = 0
    """Counted from 0."""
    notified: list[str] = []
    """Ids of the people whom the current step told."""
    next_step_at: datetime | None = None
    ack_timed_out: bool = False
    """An acknowledgement of this generation ran out; the incident goes back to triggered."""
    detail: str = ""
    """The decision's reason, as a slug."""
    took_over: str = ""
    """Nobody could be paged by the incident's own policy: which one took over, as a slug."""
    held_until: datetime | None = None
    """While the first step waits for runbooks to do without people: until when at the latest."""
    held_for: list[str] = []
    """What those runbooks are called."""


class PageState(StrEnum):
    """Where a page stands."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PagedIncident(Fact):
    """What a page says of its incident."""

    id: str
    title: str
    description: str = ""
    status: IncidentStatus
    severity: Severity
    priority: Priority
    service_id: str | None = None
    service_name: str | None = None


class PagedUser(Fact):
    """Who is paged."""

    id: str
    name: str
    locale: str = "en"
    time_zone: str = "UTC"


class FailedRunbook(Fact):
    """A runbook for which the page was held back, and which did not do without people."""

    runbook_id: str
    name: str
    execution_id: str
    state: str
    reason: str | None = None
    """Why, as a slug."""
    detail: str = ""
    step: int = 0
    """The number of the step that failed, from 1; 0: none was begun."""
    step_name: str = ""
    exit_code: int | None = None
    output: str = ""
    """The end of what that step wrote: at most 500 characters, secrets masked."""
    output_is_whole: bool = True
    """False where it wrote more."""


class PageFact(Fact):
    """A request to tell one person by one contact method about one incident."""

    page_id: str
    incident: PagedIncident
    user: PagedUser
    method: ContactMethod
    urgency: Urgency
    step: int
    round: int
    generation: int
    reason: PageReason
    drill: bool = False
    drill_runs_runbooks: bool = False
    """Runbooks that match it really run."""
    requested_at: datetime
    caused_at: datetime | None = None
    """When the alert behind it reached Tocsin; only on pages that were asked for at once."""
    first_of_service: bool = False
    """The first page of a service is exempt from throttles."""
    runbook: FailedRunbook | None = None
    """What was tried before anybody was paged, where that failed."""


class PageResult(Fact):
    """What became of a page; ids only."""

    page_id: str
    incident_id: str
    user_id: str
    method_id: str
    channel: Channel
    urgency: Urgency
    step: int
    round: int
    generation: int
    reason: PageReason
    state: PageState
    attempts: int
    permanent: bool = False
    """A failure that no retry mends. The next contact method is used at once either way."""
    detail: str = ""
    """The provider's words."""
    requested_at: datetime
    at: datetime
    time_zone: str = "UTC"
    """The person's, when they were paged: whether it was night for them."""


class DutyTurn(Fact):
    """A person who was on call for [start, end)."""

    user_id: str
    start: datetime
    end: datetime
    time_zone: str = "UTC"
    """The person's, when it was told."""


class DutyFact(Fact):
    """Who was on call by a schedule on a day of UTC, as far as it has passed. No later edit of it changes that."""

    id: str
    """Of the schedule and the day."""
    schedule_id: str
    team: str | None = None
    day: date
    until: datetime
    """All of the day before is told."""
    turns: list[DutyTurn] = []
    """By person and start; a person's own turns are apart."""


class DrillState(StrEnum):
    """Where a drill stands."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


RUNS_RUNBOOKS = "drlrun_"
"""How the ids of drills begin whose runbooks really run, and of no others: whoever knows of a drill knows that of it,
and nothing that is told in whatever order can part the two."""


def runs_runbooks(drill_id: str | None) -> bool:
    """True of a drill whose runbooks really run; of any other, and where there is none, they are but shown."""
    return drill_id is not None and drill_id.startswith(RUNS_RUNBOOKS)


class DrillFact(Fact):
    """A drill: alerts that are made up, which go the way of real ones and reach real people."""

    id: str
    name: str
    team: str | None = None
    service_id: str | None = None
    state: DrillState
    reason: str = ""
    """Why it stands there, as a slug."""
    starts_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: int
    announced: bool = False
    """Its people are told beforehand; else it comes by surprise."""
    run_runbooks: bool = False
    """Runbooks that match its incidents really run."""
    people: list[str] = []
    """Ids of those who are told of it beforehand, and of its end."""
    incidents: list[str] = []
    """Ids of the incidents that it opened."""
    ends_incidents: bool = False
    """Somebody stopped it: its incidents that are still open are over."""
    is_scored: bool = False
    met: bool | None = None
    """Once it is scored: whether it went as it was expected to go; None: nothing was expected."""


class DrillAlert(Fact):
    """One alert of a drill, as a sender would send it."""

    title: str
    description: str = ""
    severity: Severity | None = None
    category: Category | None = None
    status: str = "firing"
    service: str | None = None
    dedup_key: str
    labels: dict[str, str] = {}


class DrillAlertsFact(Fact):
    """Alerts of a drill whose time has come. The same ones are told again where nobody knows whether they were."""

    drill_id: str
    first: int
    """The place of the first of them among the drill's alerts, from 0."""
    alerts: list[DrillAlert]
    teams: list[str] = []
    """The teams whose services alone they may be about; none: any."""
    at: datetime
