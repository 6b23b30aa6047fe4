"""Organisations made by chance: people, schedules across a change of clocks, overrides, policies with empty steps and
steps in turn.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.oncall.directory.people import Team, User
from services.oncall.directory.policy import Policy
from services.oncall.rehearsals.simulation import News
from services.oncall.schedules.plan import Schedule
from shared.events.automation import RunbookFact
from shared.events.incidents import IncidentFact, PagingAlert
from shared.vocabulary import Category, PageReason, Priority, Severity, Urgency
from tests.unit.oncall.escalations import make_incident, make_runbook, make_user
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule

CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 6, 17, 12, tzinfo=UTC),
)
"""Clocks change in Berlin, twice, in New York, and nowhere."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """Its things by id, each with `prefix` before it, and an instant near a change of clocks."""

    prefix: str
    users: Mapping[str, User]
    teams: Mapping[str, Team]
    schedules: Mapping[str, Schedule]
    policies: Mapping[str, Policy]
    runbooks: tuple[RunbookFact, ...]
    at: datetime

    def incident(self, dice: random.Random, name: str, generation: int = 1) -> IncidentFact:
        """An incident of some policy; of a later generation one that pages again."""
        severity = dice.choice(list(Severity))
        return make_incident(
            generation,
            generation - 1,
            status="triggered",
            reason=PageReason.ESCALATION if generation == 1 else PageReason.NEW_ALERT,
            policy=dice.choice([*self.policies, f"{self.prefix}gone", None]),
            id=f"{self.prefix}{name}",
            severity=severity,
            priority=Priority(severity.value),
            urgency=dice.choice(list(Urgency)),
            created_at=self.at,
            team=dice.choice([f"{self.prefix}team", None]),
            alert=PagingAlert(
                id="a",
                title="disk full",
                severity=severity,
                category=Category.FAILURE,
                labels={"host": dice.choice(["db-1", "db-2"])},
            ),
        )

    def news(self, dice: random.Random, many: int) -> list[News]:
        """News of incidents that open."""
        return [News(self.incident(dice, f"INC-{number}"), 1) for number in range(many)]


def make_organisation(dice: random.Random, prefix: str = "", *, in_turn: bool = True) -> Organisation:
    """One that the dice make; `in_turn`: some steps tell one person in turn."""
    at = dice.choice(CHANGES) + timedelta(minutes=dice.randrange(-180, 120))
    people = [f"{prefix}u{number}" for number in range(5)]
    return Organisation(
        prefix,
        {name: _user(dice, name) for name in people},
        {f"{prefix}team": Team(name="team", members=tuple(dice.sample(people, 2)))},
        {f"{prefix}s{number}": _schedule(dice, people, at) for number in range(2)},
        {f"{prefix}p{number}": _policy(dice, prefix, people, in_turn=in_turn) for number in range(3)},
        tuple(_runbook(dice, f"{prefix}r{number}", f"{prefix}team") for number in range(dice.randrange(3))),
        at,
    )


def _runbook(dice: random.Random, id: str, team: str) -> RunbookFact:
    trigger: dict[str, Any] = dice.choice(
        [
            {"labels": {"host": "db-1"}},
            {"severity": "critical"},
            {"title_regex": "^disk"},
            {"service_id": "payments"},
            {"service_id": "shop"},
        ]
    )
    return make_runbook(id, dice.choice([0, 45, 120, 600]), dice.choice([None, None, team]), **trigger)


def _user(dice: random.Random, name: str) -> User:
    methods = dice.sample(["mail", "hook", "mail2"], dice.randrange(4))
    rules = [
        (urgency, dice.choice([0, 0, 45, 200, 700]), method)
        for urgency in ("high", "low")
        for method in dice.sample(methods, dice.randrange(len(methods) + 1))
    ]
    return make_user(name, *methods, rules=rules, role=dice.choice(["responder", "admin"]))


def _schedule(dice: random.Random, people: list[str], at: datetime) -> Schedule:
    layers = [
        make_layer(
            *dice.choices([*people, None], k=dice.randrange(1, 4)),
            unit=dice.choice(["hour", "day", "week"]),
            turn_length=dice.randrange(1, 4),
            priority=dice.randrange(1, 3),
            restrictions=[{"from": "22:00", "to": "03:30"}] if dice.random() < 0.4 else [],
        )
        for _ in range(dice.randrange(1, 3))
    ]
    overrides = []
    for number in range(dice.randrange(4)):
        start = at + timedelta(minutes=dice.randrange(-90, 60))
        end = start + timedelta(minutes=dice.randrange(5, 120))
        kind = dice.choice(["replace", "add", "remove"])
        spans = start.strftime("%Y-%m-%d %H:%M"), end.strftime("%Y-%m-%d %H:%M")
        overrides.append(make_override(kind, dice.choice(people), *spans, name=f"o{number}"))
    zone = dice.choice(["Europe/Berlin", "America/New_York", "Asia/Tehran"])
    return make_schedule(*layers, zone=zone, overrides=tuple(overrides))


def _policy(dice: random.Random, prefix: str, people: list[str], *, in_turn: bool) -> Policy:
    targets = [
        *({"type": "schedule", "id": f"{prefix}s{number}"} for number in range(2)),
        {"type": "team", "id": f"{prefix}team"},
        {"type": "user", "id": dice.choice(people)},
        {"type": "user", "id": "nobody"},
    ]
    steps = [
        {
            "targets": dice.sample(targets, dice.randrange(3)),
            "timeout_seconds": dice.choice([60, 300, 1200, 3600]),
            "assignment": dice.choice(["all", "round_robin"] if in_turn else ["all"]),
        }
        for _ in range(dice.randrange(1, 5))
    ]
    return Policy.model_validate({"name": f"{prefix}policy", "steps": steps, "repeat": dice.randrange(3)})
