"""What a decision does to one incident: the state before and after, what the timeline says, which alerts it touched.

Every change of an incident is one of these, whoever decided it, and is told by exactly one event of the incident's
state; what is news besides that (a role that changed hands, a clock that turned) has events of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.incident.incidents.alert_member import Member
from services.incident.incidents.incident import Incident
from services.incident.timeline.entry import Entry, Line, entries_of
from shared.events import Event, Fact, make
from shared.events.incidents import AlertCounts, IncidentFact
from shared.ids import derive_id


@dataclass(frozen=True, slots=True)
class News:
    """Something to be told besides the incident's state; `key` tells it from what else the same change tells."""

    name: str
    data: Fact
    key: str


@dataclass(frozen=True, slots=True)
class Edit:
    """`before` is None for an incident that begins. `cause` is the event that led to it, None for a person's call."""

    before: Incident | None
    after: Incident
    at: datetime
    lines: tuple[Line, ...] = ()
    members: tuple[Member, ...] = ()
    cause: Event | None = None
    news: tuple[News, ...] = ()

    @property
    def base(self) -> int:
        """The version that it was decided on."""
        return self.before.version if self.before is not None else 0

    @property
    def is_empty(self) -> bool:
        """True when the edit changes nothing and writes nothing."""
        return self.before == self.after and not self.lines and not self.members

    def entries(self) -> list[Entry]:
        """Its timeline entries."""
        return entries_of(self.after.id, self.base + 1, self.at, self.lines)

    def event(self, correlation: str | None = None, traceparent: str | None = None) -> Event:
        """The event that tells of it; telling it again makes the same event id."""
        return make(
            event_name(self.before, self.after),
            subject=self.after.id,
            sequence=self.base + 1,
            time=self.at,
            data=self.after.fact(),
            cause=self.cause,
            correlation=correlation,
            traceparent=traceparent,
            id=derive_id(self.after.id, self.base + 1, prefix="inc_"),
        )

    def events(self, correlation: str | None = None, traceparent: str | None = None) -> list[Event]:
        """All that others are told of it."""
        told = [self.event(correlation, traceparent)] if self.is_told else []
        return told + [
            make(
                one.name,
                subject=self.after.id,
                sequence=self.base + 1,
                time=self.at,
                data=one.data,
                cause=self.cause,
                correlation=correlation,
                traceparent=traceparent,
                id=derive_id(self.after.id, self.base + 1, one.key, prefix="inc_"),
            )
            for one in self.news
        ]

    @property
    def is_told(self) -> bool:
        """Others need to hear of it: what they are told has changed.

        Which and how many alerts there are is no news by itself, or an incident would be told to every service with
        every alert that joins it; nor is whom on-call told, which on-call tells itself. The next event carries all.
        """
        return self.before is None or _news(self.before) != _news(self.after)


def _news(incident: Incident) -> IncidentFact:
    silent = {"alerts": AlertCounts(), "alert_keys": [], "last_joined": None, "assignees": incident.taken_by}
    return incident.fact().changed(**silent)


def event_name(before: Incident | None, after: Incident) -> str:
    """The most telling event type for a change, in this order: opened, merged, resolved, acknowledged, changed."""
    if before is None:
        return "incident.opened.v1"
    if after.merged_into is not None and before.merged_into is None:
        return "incident.merged.v1"
    if before.status.is_open and not after.status.is_open:
        return "incident.resolved.v1"
    if before.status is not after.status and not after.status.is_open:
        return "incident.resolved.v1"
    if after.paging.answered > before.paging.answered and after.status.is_open:
        return "incident.acknowledged.v1"
    return "incident.changed.v1"
