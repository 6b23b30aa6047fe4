"""A drill as it is stored: what is to happen, how far it has come, and what became of its incidents."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from services.oncall.schedules.plan import UserId
from shared.events.oncall import DrillAlert, DrillFact, DrillState
from shared.stored import Stored
from shared.vocabulary import Severity, Urgency

MOST_INCIDENTS = 100
SETTLES = timedelta(seconds=5)
"""So long an alert may take to become an incident: nothing is over before."""
Seconds = Annotated[int, Field(ge=1, le=86_400)]


class DrillReason(StrEnum):
    """Why a drill stands where it stands."""

    PLANNED = "planned"
    BEGUN = "begun"
    ALL_RESOLVED = "all_resolved"
    TIME_IS_UP = "time_is_up"
    STOPPED = "stopped"
    REAL_INCIDENT = "real_incident"
    MISSED = "missed"
    """Nothing ran when it was to begin, and long after."""


class Expected(Stored):
    """How people are expected to do, in seconds after an incident of the drill opened; what is None is not scored."""

    ack_within_seconds: Seconds | None = None
    first_finding_within_seconds: Seconds | None = None
    resolve_within_seconds: Seconds | None = None
    roles: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=10)] = ()
    """Roles that somebody is to take."""


class PagedPeople(Stored):
    """Whom the drill pages, in place of whom the service's policy would."""

    user_ids: Annotated[tuple[UserId, ...], Field(min_length=1, max_length=50)]
    urgency: Urgency | None = None
    """By which of their rules; without it as grave as the alerts are."""


class TakenRole(Stored):
    """A role that somebody took in an incident of a drill."""

    role: str
    user_id: str
    at: datetime


class DrilledIncident(Stored):
    """What is known of an incident of a drill; the newest sequence wins."""

    id: str
    sequence: int
    title: str
    service_id: str | None = None
    created_at: datetime
    is_open: bool
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    first_finding_at: datetime | None = None
    first_finding_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    roles: tuple[TakenRole, ...] = ()


class DueAlert(Stored):
    """An alert and its second."""

    after_seconds: int
    alert: DrillAlert


class DrillPlan(Stored):
    """What somebody planned; the drills of a series share it."""

    name: str
    scenario: str
    description: str = ""
    team: str | None = None
    service_id: str | None = None
    severity: Severity | None = None
    alerts: tuple[DueAlert, ...]
    expected: Expected = Expected()
    duration_seconds: int = 3600
    announced: bool = False
    run_runbooks: bool = False
    """Runbooks that match really run; the drill's id says so too (`shared.events.oncall.runs_runbooks`)."""
    ends_on_real_incident: bool = False
    paged: PagedPeople | None = None
    rrule: str | None = None
    time_zone: str = "UTC"
    series: str
    """The id of the first drill of it."""
    first_at: datetime
    """When that was to begin."""
    made_by: str
    made_by_key: str
    """The id of the API key."""
    teams: tuple[str, ...] = ()
    """The teams that its maker's key is limited to."""

    @property
    def kin(self) -> str:
        """What drills have in common that are compared."""
        return self.series if self.rrule else f"{self.team or ''}/{self.service_id or ''}/{self.scenario}"


class Check(Stored):
    """One thing that was expected."""

    what: str
    """`acknowledged`, `first_finding`, `resolved`, or `role:` and the role."""
    expected_seconds: int | None = None
    took_seconds: int | None = None
    """None: it did not happen."""
    met: bool


class PersonScore(Stored):
    """How one person did; seconds are after the first page of the person, else after the incident opened."""

    user_id: str
    pages: int = 0
    paged_after_seconds: int | None = None
    """After the drill began."""
    acknowledged_after_seconds: int | None = None
    first_finding_after_seconds: int | None = None
    resolved_after_seconds: int | None = None
    roles: tuple[str, ...] = ()


class TeamScore(Stored):
    """How all of them did, in seconds; of several incidents the slowest counts. None: it did not happen in all."""

    incidents: int = 0
    paged_after_seconds: int | None = None
    acknowledged_after_seconds: int | None = None
    first_finding_after_seconds: int | None = None
    resolved_after_seconds: int | None = None
    roles: tuple[str, ...] = ()


class Comparison(Stored):
    """The last drill of the same kind, and by how many seconds each was slower (more than 0) or faster this time."""

    drill_id: str
    started_at: datetime | None
    team: TeamScore
    acknowledged_change: int | None = None
    first_finding_change: int | None = None
    resolved_change: int | None = None


class Score(Stored):
    """What a drill showed."""

    met: bool | None = None
    """All that was expected; None: nothing was."""
    checks: tuple[Check, ...] = ()
    team: TeamScore
    people: tuple[PersonScore, ...] = ()
    last: Comparison | None = None


class Drill(Stored):
    """One drill."""

    id: str
    plan: DrillPlan
    state: DrillState = DrillState.SCHEDULED
    reason: DrillReason = DrillReason.PLANNED
    starts_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    sent: int = 0
    """Alerts that were sent."""
    sent_at: datetime | None = None
    """When the last of those was."""
    stopped_by: str | None = None
    ends_incidents: bool = False
    incidents: tuple[DrilledIncident, ...] = ()
    score: Score | None = None
    successor: str | None = None
    """The next drill of its series."""
    people: tuple[str, ...] = ()
    """Who is told beforehand and of the end."""
    created_at: datetime

    @property
    def is_over(self) -> bool:
        """Nothing more is sent."""
        return self.state in (DrillState.FINISHED, DrillState.CANCELLED)

    @property
    def has_open_incidents(self) -> bool:
        """People may still be paged for it."""
        return any(one.is_open for one in self.incidents)

    @property
    def all_resolved_at(self) -> datetime | None:
        """When it is over by itself, unless another incident opens; None while something is to come, or open."""
        is_sent = self.sent == len(self.plan.alerts) and self.sent_at is not None
        if not is_sent or not self.incidents or self.has_open_incidents or self.sent_at is None:
            return None
        return self.sent_at + SETTLES

    @property
    def time_is_up_at(self) -> datetime | None:
        """When it is scored however far it is."""
        return self.started_at + timedelta(seconds=self.plan.duration_seconds) if self.started_at else None

    @property
    def due_at(self) -> datetime | None:
        """When the clock next has something to do; None when nothing."""
        if self.state is DrillState.SCHEDULED:
            return self.starts_at
        if self.state is DrillState.FINISHED and self.score is None:
            return self.ended_at
        if self.state is not DrillState.RUNNING or self.started_at is None:
            return None
        left = self.plan.alerts[self.sent :]
        alert_at = self.started_at + timedelta(seconds=left[0].after_seconds) if left else None
        times = (alert_at, self.time_is_up_at, self.all_resolved_at)
        return min((at for at in times if at is not None), default=None)

    def fact(self) -> DrillFact:
        """The drill as events tell it."""
        return DrillFact(
            id=self.id,
            name=self.plan.name,
            team=self.plan.team,
            service_id=self.plan.service_id,
            state=self.state,
            reason=self.reason.value,
            starts_at=self.starts_at,
            started_at=self.started_at,
            ended_at=self.ended_at,
            duration_seconds=self.plan.duration_seconds,
            announced=self.plan.announced,
            run_runbooks=self.plan.run_runbooks,
            people=list(self.people),
            incidents=[one.id for one in self.incidents],
            ends_incidents=self.ends_incidents,
            is_scored=self.score is not None,
            met=self.score.met if self.score is not None else None,
        )
