"""Escalation policies: whom each step tells, how long it waits, and which policy an incident follows.

An incident follows its service's policy, else the default policy; an incident of the built-in services `unrouted` and
`tocsin` without either is mailed to all admins; any other incident without a policy tells nobody, and says so. A grave
one whose policy reaches nobody falls back: to the default policy, then to all admins by mail (`fallback`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from services.oncall.schedules.plan import Name, UserId
from shared.stored import Stored
from shared.vocabulary import TOCSIN, UNROUTED


class TargetType(StrEnum):
    """Whom a step can tell."""

    SCHEDULE = "schedule"
    USER = "user"
    TEAM = "team"
    ADMINS = "admins"
    """Everybody with the role admin, by mail; only the built-in policy has it."""


class Target(Stored):
    """Who is told: whoever a schedule has on call when the step begins, one person, or a whole team."""

    type: TargetType
    id: UserId


class Via(Stored):
    """Whom a target meant when a step looked, and in a schedule by which layer or override; no users: nobody."""

    type: TargetType
    id: UserId
    users: tuple[str, ...] = ()
    layer: str | None = None
    override_id: str | None = None


class Assignment(StrEnum):
    """Whom of the people that a step means it tells."""

    ALL = "all"
    ROUND_ROBIN = "round_robin"
    """One of them: each time the step begins, for whatever incident, the next."""


class Step(Stored):
    """All targets are told at once, or one person in turn; after the timeout the next step begins."""

    targets: Annotated[tuple[Target, ...], Field(max_length=50)] = ()
    timeout_seconds: Annotated[int, Field(ge=0, le=604_800)] = 300
    assignment: Annotated[
        Assignment,
        Field(description="all: everybody; round_robin: each time the step begins, the next of its people"),
    ] = Assignment.ALL


class Policy(Stored):
    """Steps, and how often they start over. An acknowledgement may run out."""

    name: Name
    team: UserId | None = None
    """A team's id; nobody's policy can be read by all."""
    steps: Annotated[tuple[Step, ...], Field(max_length=50)]
    repeat: Annotated[int, Field(ge=0, le=100)] = 0
    ack_timeout_seconds: Annotated[int, Field(ge=1, le=2_592_000)] | None = None


class Snapshot(Policy):
    """A policy as an escalation copied it when it started; no id: the built-in one."""

    id: str | None = None

    def turn_of(self, number: int) -> str | None:
        """What the turns of this step, counted from 1, are counted by; None where it tells everybody."""
        is_in_turn = self.steps[number - 1].assignment is Assignment.ROUND_ROBIN
        return f"{self.id}/{number}" if is_in_turn else None


class Choice(StrEnum):
    """Why an incident follows the policy it follows."""

    SERVICE_POLICY = "service_policy"
    DEFAULT_POLICY = "default_policy"
    ADMINS_BY_MAIL = "admins_by_mail"
    FALLBACK_POLICY = "fallback_default_policy"
    FALLBACK_ADMINS = "fallback_admins_by_mail"
    NOBODY_NO_POLICY = "nobody_no_policy"
    NOBODY_UNKNOWN_POLICY = "nobody_unknown_policy"


ADMINS_BY_MAIL = Snapshot(
    name="All admins by mail",
    steps=(Step(targets=(Target(type=TargetType.ADMINS, id="admins"),), timeout_seconds=300),),
)


def choose(
    named: str | None, service_id: str | None, default: str | None, policies: Mapping[str, Policy]
) -> tuple[Snapshot | None, Choice]:
    """The policy to copy and why it is that one. `named` is the service's, `default` an id or else a name.

    A policy that is named but does not exist counts as none.
    """
    if named is not None and named in policies:
        return _copy(named, policies[named]), Choice.SERVICE_POLICY
    usual = default_of(default, policies)
    if usual is not None:
        return usual, Choice.DEFAULT_POLICY
    if service_id in (UNROUTED, TOCSIN):
        return ADMINS_BY_MAIL, Choice.ADMINS_BY_MAIL
    return None, Choice.NOBODY_NO_POLICY if named is None else Choice.NOBODY_UNKNOWN_POLICY


def fallbacks(
    copied: Snapshot | None, choice: Choice | None, default: str | None, policies: Mapping[str, Policy]
) -> list[tuple[Snapshot, Choice]]:
    """What takes over, in this order, where the policy `copied` for the reason `choice` reaches nobody."""
    found: list[tuple[Snapshot, Choice]] = []
    usual = default_of(default, policies)
    before_default = choice in (None, Choice.SERVICE_POLICY, Choice.NOBODY_NO_POLICY, Choice.NOBODY_UNKNOWN_POLICY)
    if usual is not None and before_default and (copied is None or copied.id != usual.id):
        found.append((usual, Choice.FALLBACK_POLICY))
    if choice not in (Choice.ADMINS_BY_MAIL, Choice.FALLBACK_ADMINS):
        found.append((ADMINS_BY_MAIL, Choice.FALLBACK_ADMINS))
    return found


def default_of(default: str | None, policies: Mapping[str, Policy]) -> Snapshot | None:
    """A copy of the default policy, which is named by its id or else by its name; None where there is none."""
    by_name = (key for key, policy in policies.items() if default is not None and policy.name == default)
    key = default if default in policies else next(by_name, None)
    return _copy(key, policies[key]) if key is not None else None


def _copy(key: str, policy: Policy) -> Snapshot:
    return Snapshot(id=key, **policy.model_dump(exclude={"id"}))
