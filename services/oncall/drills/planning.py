"""What somebody asked for as a drill that is planned: its alerts laid out, its first time, and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.directory.snapshot import Directory
from services.oncall.drills.drill import Drill, DrillPlan, DueAlert, Expected, PagedPeople
from services.oncall.drills.recurrence import require_rule
from services.oncall.drills.scenario import Scenario, lay_out
from shared.callers.identity import Identity
from shared.clocks.wallclock import find_zone
from shared.problem import invalid
from shared.vocabulary import Severity


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; `team` is whose drill it is."""

    id: str
    name: str
    scenario: Scenario
    service_id: str | None
    team: str | None
    starts_at: datetime | None
    severity: Severity | None
    expected: Expected
    duration_seconds: int
    announced: bool
    run_runbooks: bool
    ends_on_real_incident: bool
    paged: PagedPeople | None
    rrule: str | None
    time_zone: str


def plan_drill(
    wish: Wish, caller: Identity, services: Mapping[str, CatalogueService], directory: Directory, now: datetime
) -> Drill:
    """The drill. Raises a 422 `Problem` for a rule or a zone that is none."""
    if find_zone(wish.time_zone) is None:
        raise invalid("/time_zone", "not the name of an IANA time zone, such as Europe/Berlin")
    rule = require_rule(wish.rrule) if wish.rrule is not None else None
    laid_out = lay_out(wish.scenario, wish.severity, wish.service_id, services)
    if not laid_out:
        raise invalid("/scenario", "it has no alert on this service")
    starts_at = max(wish.starts_at or now, now)
    team = directory.teams.get(wish.team or "")
    members = team.members if team is not None else ()
    people = dict.fromkeys([*(wish.paged.user_ids if wish.paged is not None else members)])
    return Drill(
        id=wish.id,
        starts_at=starts_at,
        people=tuple(people),
        created_at=now,
        plan=DrillPlan(
            name=wish.name,
            scenario=wish.scenario.name,
            description=wish.scenario.description,
            team=wish.team,
            service_id=wish.service_id,
            severity=wish.severity,
            alerts=tuple(DueAlert(after_seconds=at, alert=alert) for at, alert in laid_out),
            expected=wish.expected,
            duration_seconds=wish.duration_seconds,
            announced=wish.announced,
            run_runbooks=wish.run_runbooks,
            ends_on_real_incident=wish.ends_on_real_incident,
            paged=wish.paged,
            rrule=rule,
            time_zone=wish.time_zone,
            series=wish.id,
            first_at=starts_at,
            made_by=caller.author,
            made_by_key=caller.key_id,
            teams=caller.teams,
        ),
    )
