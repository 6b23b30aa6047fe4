"""Status pages as the API shows them to those with a key; what the public sees is made elsewhere."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from services.comms.status_pages.page import Component, ComponentState, Impact, Post, StatusPage, Update, UpdateStatus
from services.comms.status_pages.uptime import Uptime
from shared.i18n.language import Locale


class ComponentView(BaseModel):
    """A component and how it stands."""

    id: str
    name: str
    description: str
    group: str | None
    service_ids: list[str]
    status: ComponentState
    since: datetime


class StatusPageView(BaseModel):
    """A page."""

    slug: str
    name: str
    description: str
    locale: Locale
    time_zone: str
    team: str | None
    url: str
    components: list[ComponentView]
    open_posts: list[str]
    """Ids of the posts that have not ended."""
    created_at: datetime
    updated_at: datetime
    version: int


class SaidOfComponent(BaseModel):
    """What an update or a post says of one component."""

    id: str
    status: ComponentState


class UpdateView(BaseModel):
    """One message."""

    id: str
    at: datetime
    status: UpdateStatus
    message: str
    components: list[SaidOfComponent]
    by: str | None


class PostView(BaseModel):
    """An incident or a maintenance as customers read of it."""

    id: str
    page: str
    title: str
    status: UpdateStatus
    impact: Impact
    incident_id: str | None
    components: list[SaidOfComponent]
    updates: list[UpdateView]
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    scheduled_for: datetime | None
    scheduled_until: datetime | None
    automatic: bool
    url: str


class PublishedView(BaseModel):
    """The answer to an update: itself, and the post that it is part of."""

    id: str
    page: str
    post_id: str
    incident_id: str | None
    status: UpdateStatus
    impact: Impact
    components: list[SaidOfComponent]
    message: str
    created_at: datetime
    post: PostView


class DayView(BaseModel):
    """One day of a component; `uptime` is null when it was not there yet."""

    date: date
    uptime: float | None
    worst: ComponentState


class ComponentUptimeView(BaseModel):
    """A component's last 90 days."""

    id: str
    name: str
    since: datetime
    """Since when it is recorded: of a young component the figure is of less than 90 days."""
    uptime: float | None
    days: list[DayView]


class UptimeView(BaseModel):
    """All components of a page, the days in its time zone."""

    time_zone: str
    components: list[ComponentUptimeView]


def component_view(one: Component) -> ComponentView:
    """A component for those with a key."""
    return ComponentView(
        id=one.id,
        name=one.name,
        description=one.description,
        group=one.group,
        service_ids=list(one.service_ids),
        status=one.state,
        since=one.since,
    )


def page_view(page: StatusPage, base_url: str) -> StatusPageView:
    """A page for those with a key."""
    return StatusPageView(
        slug=page.slug,
        name=page.name,
        description=page.description,
        locale=page.locale,
        time_zone=page.time_zone,
        team=page.team,
        url=f"{base_url}/status/{page.slug}",
        components=[component_view(one) for one in page.components],
        open_posts=[one.id for one in page.open],
        created_at=page.created_at,
        updated_at=page.updated_at,
        version=page.version,
    )


def update_view(update: Update) -> UpdateView:
    """An update for those with a key."""
    return UpdateView(
        id=update.id,
        at=update.at,
        status=update.status,
        message=update.message,
        components=[SaidOfComponent(id=one.component_id, status=one.after) for one in update.shifts],
        by=update.by or None,
    )


def post_view(post: Post, page: StatusPage, base_url: str) -> PostView:
    """A post for those with a key."""
    return PostView(
        id=post.id,
        page=page.slug,
        title=post.title,
        status=post.status,
        impact=post.impact,
        incident_id=post.incident_id,
        components=[SaidOfComponent(id=one.component_id, status=one.state) for one in post.touched],
        updates=[update_view(one) for one in post.updates],
        started_at=post.started_at,
        updated_at=post.updated_at,
        ended_at=post.ended_at,
        scheduled_for=post.scheduled_for,
        scheduled_until=post.scheduled_until,
        automatic=post.automatic,
        url=f"{base_url}/status/{page.slug}/incidents/{post.id}",
    )


def published_view(page: StatusPage, post: Post, update: Update, base_url: str) -> PublishedView:
    """What came of an update."""
    shown = update_view(update)
    return PublishedView(
        id=update.id,
        page=page.slug,
        post_id=post.id,
        incident_id=post.incident_id,
        status=update.status,
        impact=post.impact,
        components=shown.components,
        message=update.message,
        created_at=update.at,
        post=post_view(post, page, base_url),
    )


def uptime_view(component: Component, figures: Uptime) -> ComponentUptimeView:
    """A component's days."""
    return ComponentUptimeView(
        id=component.id,
        name=component.name,
        since=component.created_at,
        uptime=figures.share,
        days=[DayView(date=one.date, uptime=one.uptime, worst=one.worst) for one in figures.days],
    )
