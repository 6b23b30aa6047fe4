"""The service catalogue: what may be written of a service, and how others are told of it.

`unrouted` and `tocsin` are built in: alerts whose service nobody knows open their incidents on the first, what is wrong
with Tocsin itself on the second. They can be edited, not deleted. `tocsin` is on no list or map before it was edited.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

from services.incident.catalogue.rating_defaults import UrgencyRule
from services.incident.catalogue.search_words import fold
from services.incident.catalogue.support_hours import SupportHours
from shared.events import Fact
from shared.events.alerts import Link
from shared.events.incidents import RESOLVED_GRACE_SECONDS, Dependency, ServiceFact
from shared.problem import Fault, Problem, invalid
from shared.stored import Stored
from shared.vocabulary import TOCSIN, UNROUTED

DRAWN_ID = "svc_"
"""Begins the id of a service for which nobody chose one."""
RESERVED = frozenset({"graph", "import", "imports", "export"})
"""Words that are addresses below `/services`, so no service can have them for an id."""
BUILT_IN = {
    UNROUTED: ("Unrouted", "Alerts whose service nobody knows."),
    TOCSIN: ("Tocsin", "What is wrong with Tocsin itself."),
}
"""Name and description of the services that are always there, by id."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
LabelName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LabelValue = Annotated[str, StringConstraints(max_length=1000)]


def link_of(value: Any) -> Any:
    """A link as an object, also where it is its address alone."""
    return {"href": value} if isinstance(value, str) else value


class LinkIn(BaseModel):
    """A place to look: an object, or its address alone."""

    model_config = ConfigDict(extra="ignore")

    href: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    text: Annotated[str, StringConstraints(max_length=200)] = ""

    @field_validator("href")
    @classmethod
    def _is_web_address(cls, href: str) -> str:
        try:
            parts = urlsplit(href)
        except ValueError as error:
            raise ValueError("is no web address") from error
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("must begin with http:// or https://")
        return href


class Slo(Fact):
    """How well the service must do: a share of good time over a window."""

    target: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.999
    window_days: Annotated[int, Field(ge=1, le=400)] = 90


class EdgeKind(StrEnum):
    """`hard`: it fails with what it needs; `soft`: it only gets worse."""

    HARD = "hard"
    SOFT = "soft"

    @classmethod
    def of(cls, *, hard: bool) -> EdgeKind:
        """The word for a flag."""
        return cls.HARD if hard else cls.SOFT


class Match(Stored):
    """Alerts whose labels all agree with these belong to the service."""

    labels: Annotated[dict[LabelName, LabelValue], Field(max_length=64)] = {}


class ServiceIn(BaseModel):
    """The body that makes a service."""

    model_config = ConfigDict(extra="ignore")

    id: Id | None = None
    name: Name
    description: Annotated[str, StringConstraints(max_length=10_000)] = ""
    tier: Annotated[int, Field(ge=1, le=4)] | None = None
    team: Reference | None = None
    escalation_policy_id: Reference | None = None
    tags: Annotated[list[Tag], Field(max_length=100)] = []
    links: Annotated[list[Annotated[LinkIn, BeforeValidator(link_of)]], Field(max_length=100)] = []
    slo: Slo | None = None
    match: Match = Field(default_factory=Match)
    urgency: UrgencyRule = UrgencyRule.BY_PRIORITY
    auto_resolve_after_seconds: Annotated[int, Field(ge=0, le=86_400)] = 0
    """How long after the last alert ended an incident resolves itself."""
    change_window_seconds: Annotated[int, Field(ge=60, le=604_800)] = 3600
    """How long before an incident a change may have been made to be suspected of it."""
    resolved_grace_seconds: Annotated[int, Field(ge=0, le=604_800)] = RESOLVED_GRACE_SECONDS
    """How long after a person resolved an incident an alert of it that is said to fire as before opens no other one."""
    support_hours: SupportHours | None = None
    """When SLA clocks of its incidents run; null: all day, every day. What is open keeps those that it opened with."""


class ServicePatch(BaseModel):
    """The body that edits a service: what is left out stays, null clears."""

    model_config = ConfigDict(extra="ignore")

    name: Name = ""
    description: Annotated[str, StringConstraints(max_length=10_000)] | None = None
    tier: Annotated[int, Field(ge=1, le=4)] | None = None
    team: Reference | None = None
    escalation_policy_id: Reference | None = None
    tags: Annotated[list[Tag], Field(max_length=100)] | None = None
    links: Annotated[Sequence[Annotated[LinkIn, BeforeValidator(link_of)]], Field(max_length=100)] | None = None
    slo: Slo | None = None
    match: Match | None = None
    urgency: UrgencyRule | None = None
    auto_resolve_after_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    change_window_seconds: Annotated[int, Field(ge=60, le=604_800)] | None = None
    resolved_grace_seconds: Annotated[int, Field(ge=0, le=604_800)] | None = None
    support_hours: SupportHours | None = None


class Service(Stored):
    """A service as it is stored. A deleted one is kept as a mark, so that its sequence goes on if it comes back."""

    id: str
    version: int = 0
    name: str
    description: str = ""
    tier: int | None = None
    team: str | None = None
    escalation_policy_id: str | None = None
    tags: list[str] = []
    links: list[Link] = []
    slo: Slo | None = None
    match: Match = Field(default_factory=Match)
    urgency: UrgencyRule = UrgencyRule.BY_PRIORITY
    auto_resolve_after_seconds: int = 0
    depends_on: list[Dependency] = []
    change_window_seconds: int = 3600
    resolved_grace_seconds: int = RESOLVED_GRACE_SECONDS
    support_hours: SupportHours | None = None
    created_at: datetime
    updated_at: datetime
    deleted: bool = False

    def fact(self) -> ServiceFact:
        """The service as events tell it."""
        return ServiceFact(
            id=self.id,
            name=self.name,
            description=self.description,
            tier=self.tier,
            team=self.team,
            escalation_policy_id=self.escalation_policy_id,
            tags=self.tags,
            links=self.links,
            slo_target=self.slo.target if self.slo else None,
            slo_window_days=self.slo.window_days if self.slo else None,
            match_labels=self.match.labels,
            depends_on=self.depends_on,
            resolved_grace_seconds=self.resolved_grace_seconds,
            deleted=self.deleted,
        )


def search_fields(service: Service) -> dict[str, Any]:
    """The members of its document that exist to be found by; a deleted one is found by its id alone."""
    if service.deleted:
        return {"name_folded": None, "match_keys": None}
    keys = [label_key(name, value) for name, value in service.match.labels.items()]
    return {"name_folded": fold(service.name), "match_keys": keys or None}


def label_key(name: str, value: str) -> str:
    """One label as the index of `match.labels` holds it."""
    return f"{name}\x00{value}"


def make_service(body: ServiceIn, id: str, before: Service | None, now: datetime) -> Service:
    """The service that a body makes; `before` is the deleted one that had its id, None for a new id.

    Raises a `Problem`: 422 for a reserved id, 409 when the id is taken.
    """
    if id in RESERVED:
        raise invalid("/id", "this id is reserved", "reserved_id")
    if before is not None and not before.deleted:
        taken = f"There is a service with the id {id!r} already."
        raise Problem(409, "already_exists", taken, errors=[Fault("/id", taken)])
    return Service(
        id=id,
        version=before.version if before is not None else 0,
        created_at=now,
        updated_at=now,
        **_fields_of(body),
    )


def edit_service(before: Service, patch: ServicePatch, now: datetime) -> Service:
    """The service after an edit. Raises a 422 `Problem` for clearing its name."""
    if "name" in patch.model_fields_set and not patch.name:
        raise invalid("/name", "a service needs a name")
    stated = {
        name: value if value is not None else Service.model_fields[name].get_default(call_default_factory=True)
        for name, value in _fields_of(patch).items()
        if name in patch.model_fields_set
    }
    if all(getattr(before, name) == value for name, value in stated.items()):
        return before
    return before.changed(**stated, updated_at=now)


def delete_service(before: Service, now: datetime) -> Service:
    """The mark that a deleted service leaves. Raises a 409 `Problem` for a built-in one."""
    if before.id in BUILT_IN:
        raise Problem(409, "built_in", f"The service {before.id!r} is built in and can't be deleted.")
    return before.changed(deleted=True, updated_at=now)


def built_in_service(id: str, now: datetime) -> Service:
    """The built-in service of this id as it is at first. Raises `KeyError` for any other id."""
    name, description = BUILT_IN[id]
    return Service(id=id, name=name, description=description, created_at=now, updated_at=now)


def is_shown(service: Service) -> bool:
    """Whether lists and the map have it: not what is deleted, nor `tocsin` as long as nobody has made it their own."""
    if service.deleted or service.id != TOCSIN:
        return not service.deleted
    return service.fact() != built_in_service(TOCSIN, service.created_at).fact()


def _fields_of(body: ServiceIn | ServicePatch) -> dict[str, Any]:
    fields = {name: getattr(body, name) for name in type(body).model_fields if name != "id"}
    if fields["links"] is not None:
        fields["links"] = [Link(href=link.href, text=link.text) for link in fields["links"]]
    return fields
