"""Builders of drills and of what is told of their incidents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.directory.people import Team
from services.oncall.directory.snapshot import Directory
from services.oncall.drills.course import DrillTurn, hear, tick
from services.oncall.drills.drill import Drill, Expected
from services.oncall.drills.planning import Wish, plan_drill
from services.oncall.drills.scenario import Scenario
from shared.events.incidents import IncidentFact, RoleHolder
from shared.testing.harness import ADMIN
from tests.unit.oncall.escalations import make_incident

NOW = datetime(2026, 6, 2, 8, tzinfo=UTC)
SERVICES = {
    one.id: one
    for one in (
        CatalogueService("db", "Database", "data"),
        CatalogueService("shop", "Shop", "data", needs=("db",)),
        CatalogueService("wiki", "Wiki", "other", needs=("db",)),
    )
}
DIRECTORY = Directory(teams={"data": Team(name="Data", members=("sara", "kenji"))})


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def make_scenario(*alerts: dict[str, Any]) -> Scenario:
    return Scenario.model_validate({"alerts": list(alerts) or [{"title": "down"}]})


def make_drill(*alerts: dict[str, Any], **fields: Any) -> Drill:
    """A drill of the service `db` that is due now."""
    given: dict[str, Any] = {
        "id": "d1",
        "name": "Outage",
        "scenario": make_scenario(*alerts),
        "service_id": "db",
        "team": "data",
        "starts_at": NOW,
        "severity": None,
        "expected": Expected(),
        "duration_seconds": 3600,
        "announced": False,
        "run_runbooks": False,
        "ends_on_real_incident": False,
        "paged": None,
        "rrule": None,
        "time_zone": "UTC",
    }
    return plan_drill(Wish(**given | fields), ADMIN, SERVICES, DIRECTORY, NOW)


def make_running(*alerts: dict[str, Any], **fields: Any) -> Drill:
    """One that has begun, and sent what is due at once."""
    return tick(make_drill(*alerts, **fields), NOW).drill


def incident_fact(status: str = "triggered", **fields: Any) -> IncidentFact:
    """An incident of the drill."""
    given: dict[str, Any] = {"id": "INC-1", "drill_id": "d1", "created_at": later(2), "status": status}
    answered = 0 if status == "triggered" else 1
    return make_incident(1, answered, **given | fields)


def holder(role: str, user: str, seconds: float) -> RoleHolder:
    return RoleHolder(role=role, user_id=user, since=later(seconds))


def heard(drill: Drill, *facts: IncidentFact, at: float = 100) -> DrillTurn:
    """The drill after it heard of these, one after the other."""
    turn = DrillTurn(drill)
    for sequence, fact in enumerate(facts, start=1):
        turn = hear(turn.drill, fact, sequence, later(at))
    return turn
