"""A public status page: its components, and the posts on it that are open. What people see now is this one document.

A post is one incident or one maintenance as customers read of it, a thread of updates. Open posts, and the few that
ended last, are kept whole in the page; all of them are documents of their own as well, for the history. Component
states change by updates only (`post_update`), and every span that was not operational is kept (`impact_periods`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.i18n.language import Locale
from shared.ids import derive_id
from shared.problem import Fault, Problem
from shared.stored import Stored

MOST_COMPONENTS = 100
MOST_OPEN = 20
MOST_UPDATES = 100
"""Of one post: what goes on for longer is a new post."""
RECENT = 5
"""Ended posts that stay in the page, so that what was said last is never missing while its own document is written."""
RESERVED = frozenset({"updates", "graph", "import", "export"})
"""Words that are addresses below `/status-pages`."""


class ComponentState(StrEnum):
    """How a component stands, best first."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"

    @property
    def rank(self) -> int:
        """0 for the best; larger is worse."""
        return list(ComponentState).index(self)


class Impact(StrEnum):
    """How much customers suffer, least first."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for none; larger is worse."""
        return list(Impact).index(self)


class UpdateStatus(StrEnum):
    """What an update says: of an incident the first four, of a maintenance the others."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"

    @property
    def is_maintenance(self) -> bool:
        """True for the words of a maintenance."""
        return self in (self.SCHEDULED, self.IN_PROGRESS, self.VERIFYING, self.COMPLETED)

    @property
    def is_end(self) -> bool:
        """True when the post is over with it."""
        return self in (self.RESOLVED, self.COMPLETED)


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is no time zone of the IANA database") from error
    return name


def _not_reserved(slug: str) -> str:
    if slug in RESERVED:
        raise ValueError(f"{slug!r} is reserved")
    return slug


Slug = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"), AfterValidator(_not_reserved)
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
ComponentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Zone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_check_zone)]


class ComponentIn(BaseModel):
    """A component as it is asked for; without an id it gets one that follows from its name."""

    model_config = ConfigDict(extra="ignore")

    id: ComponentId | None = None
    name: Name
    description: Text = ""
    group: Name | None = None
    """Components of one group stand together."""
    service_ids: Annotated[list[Reference], Field(max_length=100)] = []
    """The services of the catalogue that it is made of: their incidents suggest its state."""


class PageIn(BaseModel):
    """The body that makes a page."""

    model_config = ConfigDict(extra="ignore")

    slug: Slug
    name: Name
    description: Text = ""
    locale: Locale = Locale.EN
    time_zone: Zone = "UTC"
    """Days and times of the page are read in it."""
    team: Reference | None = None
    components: Annotated[list[ComponentIn], Field(max_length=MOST_COMPONENTS)] = []


class PagePatch(BaseModel):
    """The body that edits a page: what is left out stays; `components` is the whole list, in order."""

    model_config = ConfigDict(extra="ignore")

    name: Name = ""
    description: Text = ""
    locale: Locale = Locale.EN
    time_zone: Zone = "UTC"
    team: Reference | None = None
    components: Annotated[list[ComponentIn], Field(max_length=MOST_COMPONENTS)] = []


class Component(Stored):
    """A part of the product as customers know it, and how it stands."""

    id: str
    name: str
    description: str = ""
    group: str | None = None
    service_ids: tuple[str, ...] = ()
    state: ComponentState = ComponentState.OPERATIONAL
    since: datetime
    """When it came into this state."""
    created_at: datetime


class Shift(Stored):
    """What one update did to one component."""

    component_id: str
    name: str
    before: ComponentState
    after: ComponentState


class Update(Stored):
    """One message of a post."""

    id: str
    at: datetime
    status: UpdateStatus
    message: str
    shifts: tuple[Shift, ...] = ()
    by: str = ""
    """Who wrote it, by id; empty for what the page itself wrote when a time had come. Never shown to the public."""


class Touched(Stored):
    """A component that a post is about, and what the post last said of it (of a scheduled one: will say)."""

    component_id: str
    name: str
    state: ComponentState


class Post(Stored):
    """An incident or a maintenance as customers read of it."""

    id: str
    page: str
    """The page's own key, not its slug, which another page may have later."""
    title: str
    status: UpdateStatus
    impact: Impact = Impact.NONE
    impact_said: bool = False
    """A person gave the impact: it does not follow the components any more."""
    incident_id: str | None = None
    touched: tuple[Touched, ...] = ()
    updates: tuple[Update, ...] = ()
    """Oldest first."""
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    scheduled_for: datetime | None = None
    scheduled_until: datetime | None = None
    automatic: bool = True
    """A maintenance that begins and ends by itself at its times."""

    @property
    def is_maintenance(self) -> bool:
        """True for a maintenance, false for an incident."""
        return self.status.is_maintenance

    @property
    def shown_at(self) -> datetime:
        """Where it stands in the history: when it began, or was to begin."""
        return self.scheduled_for or self.started_at


class StatusPage(Stored):
    """The page as it is stored."""

    slug: str
    key: str
    name: str
    description: str = ""
    locale: Locale = Locale.EN
    time_zone: str = "UTC"
    team: str | None = None
    components: tuple[Component, ...] = ()
    open: tuple[Post, ...] = ()
    recent: tuple[Post, ...] = ()
    """The posts that ended last, the newest first."""
    deleted: bool = False
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None = None
    """When something moves by itself."""
    version: int = 0

    def component(self, id: str) -> Component | None:
        """The component with this id, or None."""
        return next((one for one in self.components if one.id == id), None)


def create_page(asked: PageIn, key: str, before: StatusPage | None, now: datetime) -> StatusPage:
    """A new page; `before` is what is stored under its slug. Raises a `Problem`: 409 taken, 422 components."""
    if before is not None and not before.deleted:
        raise Problem(409, "already_exists", f"There is a status page with the slug {asked.slug!r} already.")
    return StatusPage(
        slug=asked.slug,
        key=key,
        name=asked.name,
        description=asked.description,
        locale=asked.locale,
        time_zone=asked.time_zone,
        team=asked.team,
        components=_components(asked.components, (), now),
        created_at=now,
        updated_at=now,
        version=before.version if before else 0,
    )


def apply_patch(page: StatusPage, patch: PagePatch, now: datetime) -> StatusPage:
    """The page after an edit. Raises a 422 `Problem` for components that can't be accepted."""
    given: dict[str, Any] = {name: getattr(patch, name) for name in patch.model_fields_set if name != "components"}
    if "components" in patch.model_fields_set:
        given["components"] = _components(patch.components, page.components, now)
    return page.changed(**given, updated_at=now)


def delete_page(page: StatusPage, now: datetime) -> StatusPage:
    """What is left of a page that was deleted: its slug, for the next one."""
    gone: dict[str, Any] = {"deleted": True, "components": (), "open": (), "recent": (), "due_at": None}
    return page.changed(**gone, updated_at=now)


def _components(asked: Sequence[ComponentIn], before: Sequence[Component], now: datetime) -> tuple[Component, ...]:
    known = {one.id: one for one in before}
    listed: dict[str, Component] = {}
    faults: list[Fault] = []
    for number, one in enumerate(asked):
        id = one.id or derive_id("component", one.name)[:12]  # noqa: A001 - as the contract calls it
        if id in listed:
            faults.append(Fault(f"/components/{number}/id", f"{id!r} stands here twice"))
        earlier = known.get(id)
        listed[id] = Component(
            id=id,
            name=one.name,
            description=one.description,
            group=one.group,
            service_ids=tuple(dict.fromkeys(one.service_ids)),
            state=earlier.state if earlier else ComponentState.OPERATIONAL,
            since=earlier.since if earlier else now,
            created_at=earlier.created_at if earlier else now,
        )
    if faults:
        raise Problem(422, "invalid", "; ".join(f"{one.pointer}: {one.detail}" for one in faults), errors=faults)
    return tuple(listed.values())


def worst(states: Sequence[ComponentState]) -> ComponentState:
    """The worst of these; operational when there are none."""
    return max(states, key=lambda state: state.rank, default=ComponentState.OPERATIONAL)


def impact_of(state: ComponentState) -> Impact:
    """How much customers suffer from a component in this state."""
    return IMPACTS[state]


IMPACTS = {
    ComponentState.OPERATIONAL: Impact.NONE,
    ComponentState.UNDER_MAINTENANCE: Impact.NONE,
    ComponentState.DEGRADED_PERFORMANCE: Impact.MINOR,
    ComponentState.PARTIAL_OUTAGE: Impact.MAJOR,
    ComponentState.MAJOR_OUTAGE: Impact.CRITICAL,
}
