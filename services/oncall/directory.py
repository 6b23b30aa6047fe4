"""Everything a decision may ask about people and plans, as it is at one moment: who a target means, right now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.oncall.people import Team, User
from services.oncall.plan import Schedule
from services.oncall.policy import Policy, Target, TargetType
from services.oncall.shifts import on_call
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

    def told_by(self, targets: Sequence[Target], now: datetime) -> list[str]:
        """The ids of the people these targets mean at `now`, each once, in the targets' order."""
        found: dict[str, None] = {}
        for target in targets:
            found.update(dict.fromkeys(user for user in self._meant(target, now) if user in self.users))
        return list(found)

    def _meant(self, target: Target, now: datetime) -> Sequence[str]:
        match target.type:
            case TargetType.USER:
                return [target.id]
            case TargetType.TEAM:
                return self.teams[target.id].members if target.id in self.teams else ()
            case TargetType.SCHEDULE:
                return sorted(on_call(self.schedules[target.id], now)) if target.id in self.schedules else ()
            case TargetType.ADMINS:
                return sorted(key for key, user in self.users.items() if user.role is Role.ADMIN)
