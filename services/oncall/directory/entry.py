"""What people keep in on-call's directory: users, teams, schedules and policies, each under its kind and id.

A deleted entry stays as a mark without its content, so that its sequence goes on if its id comes back. Every edit is
told by the event of its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.oncall.directory.people import Team, User
from services.oncall.directory.policy import Policy
from services.oncall.schedules.plan import LATEST, Schedule
from services.oncall.schedules.spans import Span
from shared.events import Fact
from shared.events.oncall import ContactMethod, PolicyFact, ScheduleFact, TeamFact, UserErased, UserFact
from shared.stored import Stored


class Kind(StrEnum):
    """What an entry is; the value is how people call it."""

    USER = "user"
    TEAM = "team"
    SCHEDULE = "schedule"
    POLICY = "policy"


MODELS: Mapping[Kind, type[Stored]] = {
    Kind.USER: User,
    Kind.TEAM: Team,
    Kind.SCHEDULE: Schedule,
    Kind.POLICY: Policy,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `content` is None when it is deleted. `version` is 0 before it is first stored."""

    kind: Kind
    key: str
    content: Stored | None
    version: int
    created_at: datetime
    updated_at: datetime
    away: tuple[Span, ...] = ()
    """When it was deleted, and came back under the same id."""

    @property
    def absences(self) -> tuple[Span, ...]:
        """When there is nothing of this id, as far as there ever was: also from its deletion on."""
        return self.away if self.content is not None else (*self.away, (self.updated_at, LATEST))

    @property
    def document_id(self) -> str:
        """Its id among all entries."""
        return document_id(self.kind, self.key)

    def with_content(self, content: Stored | None, now: datetime) -> Entry:
        """The next version with this content, None to delete it."""
        return replace(self, content=content, version=self.version + 1, updated_at=now)


def document_id(kind: Kind, key: str) -> str:
    """The id of an entry among all entries."""
    return f"{kind.value}/{key}"


def create_entry(kind: Kind, key: str, content: Stored, before: Entry | None, now: datetime) -> Entry:
    """A new entry; `before` is what a deleted one of the same id left."""
    version = before.version + 1 if before else 1
    away = (*before.away, (before.updated_at, now)) if before else ()
    return Entry(kind, key, content, version, created_at=now, updated_at=now, away=away)


def facts_about(entry: Entry) -> list[tuple[str, Fact]]:
    """The events about this version: type and fact of each."""
    match entry.kind, entry.content:
        case Kind.USER, User() as user:
            methods = [ContactMethod(id=m.id, channel=m.channel, address=m.address) for m in user.contact_methods]
            fact = UserFact(
                id=entry.key,
                name=user.name,
                email=user.email,
                time_zone=user.time_zone,
                locale=user.locale,
                role=user.role,
                contact_methods=methods,
            )
            return [("user.changed.v1", fact)]
        case Kind.USER, _:
            gone = UserFact(id=entry.key, name="", email="", deleted=True)
            return [("user.changed.v1", gone), ("user.erased.v1", UserErased(id=entry.key))]
        case Kind.TEAM, content:
            team = content if isinstance(content, Team) else Team(name=entry.key)
            members = list(team.members)
            return [("team.changed.v1", TeamFact(id=entry.key, name=team.name, members=members, deleted=not content))]
        case Kind.SCHEDULE, Schedule() as schedule:
            zone = schedule.plan.time_zone
            return [
                (
                    "schedule.changed.v1",
                    ScheduleFact(id=entry.key, name=schedule.name, team=schedule.team, time_zone=zone),
                )
            ]
        case Kind.SCHEDULE, _:
            return [("schedule.changed.v1", ScheduleFact(id=entry.key, name=entry.key, time_zone="UTC", deleted=True))]
        case Kind.POLICY, Policy() as policy:
            steps = len(policy.steps)
            fact_of = PolicyFact(id=entry.key, name=policy.name, steps=steps, repeat=policy.repeat)
            return [("policy.changed.v1", fact_of)]
        case _:
            return [("policy.changed.v1", PolicyFact(id=entry.key, name=entry.key, steps=0, deleted=True))]
