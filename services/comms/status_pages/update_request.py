"""What a publisher sends, and what must never reach a public page.

An incident that is not known here is no reason to guess: nothing is published for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.comms.incident_copies.disclosure import NotPublic, why_not_public
from services.comms.status_pages.page import ComponentId, ComponentState, Impact, Post, StatusPage, Update, UpdateStatus
from services.comms.status_pages.post_update import Asked
from shared.events import Event, make
from shared.events.communication import CommunicationFact, CommunicationKind
from shared.events.incidents import IncidentFact
from shared.ids import derive_id
from shared.problem import Problem, conflict, invalid

MOST_SAID = 100
Message = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]


def _in_this_age(at: datetime) -> datetime:
    if not 2000 <= at.year <= 2100:
        raise ValueError("is no time that anything is planned for")
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


Time = Annotated[AwareDatetime, AfterValidator(_in_this_age)]


class Said(BaseModel):
    """How a component stands from now on."""

    model_config = ConfigDict(extra="ignore")

    id: ComponentId
    status: ComponentState


class UpdateIn(BaseModel):
    """The body of an update."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    """The page's slug."""
    status: UpdateStatus
    message: Message
    post_id: Id | None = None
    """The post that this goes on with; without it the incident's, or the open one about the same components."""
    incident_id: Id | None = None
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    impact: Impact | None = None
    components: Annotated[list[Said], Field(max_length=MOST_SAID)] = []
    scheduled_for: Time | None = None
    scheduled_until: Time | None = None
    automatic: bool | None = None
    """Whether a maintenance begins and ends by itself at its times (default: it does)."""
    notify: bool = True
    """Whether subscribers are mailed."""


_SENTENCES: Mapping[NotPublic, str] = {
    NotPublic.DRILL: "This incident is part of a drill: nothing of a drill is published.",
    NotPublic.IMPORTED: "This incident was imported: nothing of the imported past is published.",
    NotPublic.FORECAST: "This is a prediction of low urgency: nothing of it is published.",
}


def check_incident(incident: IncidentFact | None, teams: tuple[str, ...]) -> None:
    """Raise a `Problem` unless an update may be tied to this incident: 422 when it is not there for the caller."""
    if incident is None or (teams and incident.team not in teams):
        raise invalid("/incident_id", "there is no incident with this id", "unknown_incident")
    refused = why_not_public(incident)
    if refused is not None:
        raise conflict(refused.value, _SENTENCES[refused])


def asked_of(body: UpdateIn, id: str, by: str) -> Asked:
    """The update as the decision takes it."""
    return Asked(
        id=id,
        status=body.status,
        message=body.message,
        by=by,
        post_id=body.post_id,
        incident_id=body.incident_id,
        title=body.title,
        impact=body.impact,
        components=[(one.id, one.status) for one in body.components],
        scheduled_for=body.scheduled_for,
        scheduled_until=body.scheduled_until,
        automatic=body.automatic,
    )


def timeline_event(page: StatusPage, post: Post, update: Update, base_url: str) -> Event | None:
    """What is told of an update that belongs to an incident: a line for its timeline."""
    if post.incident_id is None:
        return None
    fact = CommunicationFact(
        id=update.id,
        incident_id=post.incident_id,
        kind=CommunicationKind.STATUS_PAGE,
        text=f"{page.name}: {update.status.value} - {update.message}"[:4000],
        by=update.by or "status page",
        url=f"{base_url}/status/{page.slug}/incidents/{post.id}",
        at=update.at,
    )
    return make(
        "communication.noted.v1",
        subject=update.id,
        sequence=1,
        time=update.at,
        data=fact,
        id=derive_id("communication.noted", update.id),
    )


def unknown_page(slug: str) -> Problem:
    """422: the body names a page that is not there."""
    return invalid("/page", f"there is no status page {slug[:63]!r}", "unknown_page")
