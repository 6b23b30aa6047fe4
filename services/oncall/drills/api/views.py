"""What HTTP takes and shows of drills; clients are written against these names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from services.oncall.directory.api.editing import ObjectId
from services.oncall.drills.drill import Drill, DrilledIncident, DrillReason, Expected, PagedPeople, Score
from services.oncall.drills.recurrence import LONGEST
from services.oncall.drills.scenario import Scenario
from services.oncall.escalation.page_row import Row
from services.oncall.schedules.plan import Instant, Name
from shared.events.oncall import DrillState, PageState
from shared.questions.drill import PastIncident
from shared.vocabulary import Channel, Severity


class ReplayedIncident(BaseModel):
    """A past incident that is played again."""

    model_config = ConfigDict(extra="forbid")

    incident: Annotated[str, Field(min_length=1, max_length=200)]


class NewDrill(BaseModel):
    """A drill: what is to happen, where, when, and how people are expected to do."""

    model_config = ConfigDict(extra="forbid")

    id: ObjectId | None = None
    name: Name
    scenario: Annotated[
        Annotated[str, Field(min_length=1, max_length=100)] | ReplayedIncident | Scenario,
        Field(description="The name of one that is shipped (`GET /drills/scenarios`), alerts, or a past incident"),
    ]
    service_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    starts_at: Annotated[Instant, Field(description="Default: now; one that is past is now")] | None = None
    severity: Annotated[Severity, Field(description="Of alerts that don't say; else the scenario's")] | None = None
    expected: Expected = Expected()
    duration_seconds: Annotated[int, Field(ge=60, le=86_400)] = 3600
    announced: Annotated[bool, Field(description="Its people are told beforehand")] = False
    run_runbooks: Annotated[
        bool, Field(description="Runbooks that match really run, and every message says so: needs a manager")
    ] = False
    ends_on_real_incident: Annotated[
        bool, Field(description="A real incident of its team that wakes people ends it")
    ] = False
    pages: Annotated[PagedPeople, Field(description="Whom it pages, in place of the service's policy")] | None = None
    rrule: Annotated[str, Field(min_length=1, max_length=LONGEST, description="RFC 5545")] | None = None
    time_zone: Annotated[str, Field(max_length=64, description="Whose wall clock the rule follows")] = "UTC"
    prepared: SkipJsonSchema[PastIncident | None] = None


class DrillAlertView(BaseModel):
    """An alert of a drill."""

    after_seconds: int
    title: str
    service: str | None
    severity: Severity | None
    status: str


class DrillPageView(BaseModel):
    """A page that a drill sent, and what became of it."""

    incident_id: str
    user_id: str
    channel: Channel
    step: int
    state: PageState
    detail: str
    requested_at: datetime
    at: datetime


class DrillView(BaseModel):
    """A drill."""

    id: str
    name: str
    state: DrillState
    reason: DrillReason
    scenario: str
    description: str
    team: str | None
    service_id: str | None
    severity: Severity | None
    starts_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: int
    announced: bool
    run_runbooks: bool
    ends_on_real_incident: bool
    pages_people: PagedPeople | None
    expected: Expected
    rrule: str | None
    time_zone: str
    series: str
    next_drill_id: str | None
    made_by: str
    stopped_by: str | None
    created_at: datetime
    alerts: list[DrillAlertView]
    sent: int
    incidents: list[DrilledIncident]
    score: Score | None
    """Null until its incidents are resolved, or its time is up."""


class WholeDrillView(DrillView):
    """A drill with its pages."""

    pages: list[DrillPageView]


def drill_view(drill: Drill) -> DrillView:
    """A drill as lists show it."""
    plan = drill.plan
    return DrillView(
        id=drill.id,
        name=plan.name,
        state=drill.state,
        reason=drill.reason,
        scenario=plan.scenario,
        description=plan.description,
        team=plan.team,
        service_id=plan.service_id,
        severity=plan.severity,
        starts_at=drill.starts_at,
        started_at=drill.started_at,
        ended_at=drill.ended_at,
        duration_seconds=plan.duration_seconds,
        announced=plan.announced,
        run_runbooks=plan.run_runbooks,
        ends_on_real_incident=plan.ends_on_real_incident,
        pages_people=plan.paged,
        expected=plan.expected,
        rrule=plan.rrule,
        time_zone=plan.time_zone,
        series=plan.series,
        next_drill_id=drill.successor,
        made_by=plan.made_by,
        stopped_by=drill.stopped_by,
        created_at=drill.created_at,
        alerts=[
            DrillAlertView(
                after_seconds=one.after_seconds,
                title=one.alert.title,
                service=one.alert.service,
                severity=one.alert.severity,
                status=one.alert.status,
            )
            for one in plan.alerts
        ],
        sent=drill.sent,
        incidents=list(drill.incidents),
        score=drill.score,
    )


def whole_view(drill: Drill, rows: Sequence[Row]) -> WholeDrillView:
    """A drill and its pages, the oldest first."""
    return WholeDrillView(
        **dict(drill_view(drill)),
        pages=[
            DrillPageView(
                incident_id=one.incident_id,
                user_id=one.user_id,
                channel=one.channel,
                step=one.step,
                state=one.state,
                detail=one.detail,
                requested_at=one.requested_at,
                at=one.at,
            )
            for one in rows
        ],
    )
