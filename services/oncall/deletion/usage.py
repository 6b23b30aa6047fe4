"""Who uses a person, team, schedule or policy, and so would lose it if it were deleted.

A person is used by the schedules that have them on call, now or later, and by whatever pages them: the steps of
policies that name them, a team of theirs or such a schedule, and the services that follow such a policy. Only being a
member of a team that nothing pages is no use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.directory.entry import Kind
from services.oncall.directory.policy import Policy, Target, TargetType, choose
from services.oncall.directory.snapshot import Directory
from services.oncall.schedules.plan import Schedule

DEFAULT_POLICY = "TOCSIN_DEFAULT_POLICY"


class UserOf(StrEnum):
    """What uses something; the value is how people call it."""

    SCHEDULE = "schedule"
    POLICY = "policy"
    TEAM = "team"
    SERVICE = "service"
    SETTING = "setting"


@dataclass(frozen=True, slots=True)
class Use:
    """One user of what would be deleted."""

    kind: UserOf
    id: str
    name: str
    team: str | None
    """Whose it is."""
    how: str


def uses_of(
    kind: Kind, key: str, directory: Directory, services: Sequence[CatalogueService], now: datetime
) -> list[Use]:
    """Everything that uses this entry, of each kind by id."""
    match kind:
        case Kind.USER:
            return list(_of_user(key, directory, services, now))
        case Kind.TEAM:
            return list(_of_team(key, directory, services))
        case Kind.SCHEDULE:
            policies = _aiming_at(directory, {Target(type=TargetType.SCHEDULE, id=key)})
            return [*_policies(policies, directory, "a step of it pages"), *_following(policies, directory, services)]
        case Kind.POLICY:
            return list(_of_policy(key, directory, services))


def _of_user(key: str, directory: Directory, services: Sequence[CatalogueService], now: datetime) -> Iterator[Use]:
    schedules = {name for name, one in directory.schedules.items() if _has_on_call(one, key, now)}
    teams = {name for name, one in directory.teams.items() if key in one.members}
    targets = {Target(type=TargetType.USER, id=key)}
    targets |= {Target(type=TargetType.SCHEDULE, id=name) for name in schedules}
    targets |= {Target(type=TargetType.TEAM, id=name) for name in teams}
    policies = _aiming_at(directory, targets)
    aimed = {target.id for name in policies for target in _targets(directory.policies[name], TargetType.TEAM)}
    for name in sorted(schedules):
        schedule = directory.schedules[name]
        yield Use(UserOf.SCHEDULE, name, schedule.name, schedule.team, "has on call")
    for name in sorted(teams & aimed):
        yield Use(UserOf.TEAM, name, directory.teams[name].name, name, "is paged by a policy and has as a member")
    yield from _policies(policies, directory, "a step of it pages")
    yield from _following(policies, directory, services)


def _of_team(key: str, directory: Directory, services: Sequence[CatalogueService]) -> Iterator[Use]:
    for name, schedule in sorted(directory.schedules.items()):
        if schedule.team == key:
            yield Use(UserOf.SCHEDULE, name, schedule.name, key, "belongs to")
    aiming = _aiming_at(directory, {Target(type=TargetType.TEAM, id=key)})
    yield from _policies(aiming, directory, "a step of it pages")
    own = {name for name, policy in directory.policies.items() if policy.team == key}
    yield from _policies(own - aiming, directory, "belongs to")
    owned = [one for one in services if one.team == key]
    yield from (Use(UserOf.SERVICE, one.id, one.name, key, "belongs to") for one in owned)
    yield from _following(aiming, directory, [one for one in services if one.team != key])


def _of_policy(key: str, directory: Directory, services: Sequence[CatalogueService]) -> Iterator[Use]:
    if directory.default_policy is not None and directory.default_policy in (key, directory.policies[key].name):
        yield Use(UserOf.SETTING, DEFAULT_POLICY, DEFAULT_POLICY, None, "names")
    yield from _following({key}, directory, services)


def _has_on_call(schedule: Schedule, user_id: str, now: datetime) -> bool:
    planned = any(user_id in layer.participants for layer in schedule.plan.layers)
    return planned or any(one.user_id == user_id and one.end > now for one in schedule.overrides)


def _aiming_at(directory: Directory, targets: Collection[Target]) -> set[str]:
    """The policies one of whose steps has one of these targets."""
    return {
        key
        for key, policy in directory.policies.items()
        if any(target in targets for step in policy.steps for target in step.targets)
    }


def _targets(policy: Policy, kind: TargetType) -> Iterator[Target]:
    return (target for step in policy.steps for target in step.targets if target.type is kind)


def _policies(keys: Collection[str], directory: Directory, how: str) -> Iterator[Use]:
    for key in sorted(keys):
        policy = directory.policies[key]
        yield Use(UserOf.POLICY, key, policy.name, policy.team, how)


def _following(policies: Collection[str], directory: Directory, services: Sequence[CatalogueService]) -> Iterator[Use]:
    """The services whose incidents follow one of these policies, be it as the default one."""
    chosen: dict[str | None, str | None] = {}
    for one in services:
        if one.policy_id not in chosen:
            copied, _ = choose(one.policy_id, one.id, directory.default_policy, directory.policies)
            chosen[one.policy_id] = copied.id if copied else None
        if chosen[one.policy_id] in policies:
            yield Use(UserOf.SERVICE, one.id, one.name, one.team, "follows a policy that would lose")
