"""Everything a decision may ask about people and plans, as it is at one moment: who a target means, right now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.oncall.directory.people import Team, User
from services.oncall.directory.policy import Policy, Target, TargetType, Via
from services.oncall.schedules.plan import Schedule
from services.oncall.schedules.presence import Absences
from services.oncall.schedules.shifts import holders
from shared.events.automation import RunbookFact
from shared.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Directory:
    """People, teams, schedules and policies by id; the deleted ones are not in it."""

    users: Mapping[str, User] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    default_policy: str | None = None
    """An id or a name."""
    absences: Absences = field(default_factory=dict)
    """When people of the directory, and those who were deleted, were not there."""
    turns: Mapping[str, int] = field(default_factory=dict)
    """The turns that were taken for this decision, by step; a step whose turn is not known begins with its first."""
    runbooks: Sequence[RunbookFact] = ()
    """The runbooks that start by themselves, where it is asked whether a page waits for one."""

    def freeze(self) -> Directory:
        """A copy that later changes of the directory do not reach, for work that takes longer."""
        return replace(
            self,
            users=dict(self.users),
            teams=dict(self.teams),
            schedules=dict(self.schedules),
            policies=dict(self.policies),
            absences=dict(self.absences),
        )

    def resolve(self, targets: Sequence[Target], now: datetime) -> list[Via]:
        """Whom these targets mean at `now`, in their order; a target that means nobody has no users."""
        return [via for target in targets for via in self._resolve_at(target, now)]

    def list_possible(self, target: Target) -> list[str]:
        """The ids of all people whom this target could mean at one time or another, by what is planned now."""
        schedule = self.schedules.get(target.id) if target.type is TargetType.SCHEDULE else None
        if schedule is None:
            return sorted(people_of(self._resolve_fixed(target)))
        planned = {user for layer in schedule.plan.layers for user in layer.participants if user is not None}
        return sorted(planned | {override.user_id for override in schedule.overrides})

    def _resolve_at(self, target: Target, now: datetime) -> list[Via]:
        schedule = self.schedules.get(target.id) if target.type is TargetType.SCHEDULE else None
        if schedule is None:
            return self._resolve_fixed(target)
        found = [
            Via(type=target.type, id=target.id, users=(one.user_id,), layer=one.layer, override_id=one.override_id)
            for one in holders(schedule, now, self.absences)
            if one.user_id in self.users
        ]
        return found or [Via(type=target.type, id=target.id)]

    def _resolve_fixed(self, target: Target) -> list[Via]:
        """Whom a target means at any time; nobody for a schedule."""
        match target.type:
            case TargetType.USER:
                meant: Sequence[str] = [target.id]
            case TargetType.TEAM:
                meant = self.teams[target.id].members if target.id in self.teams else ()
            case TargetType.ADMINS:
                meant = sorted(key for key, user in self.users.items() if user.role is Role.ADMIN)
            case _:
                meant = ()
        return [Via(type=target.type, id=target.id, users=tuple(user for user in meant if user in self.users))]


def people_of(vias: Iterable[Via]) -> list[str]:
    """The ids of all these people, each once, in order."""
    return list(dict.fromkeys(user for via in vias for user in via.users))
