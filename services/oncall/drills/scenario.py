"""What happens in a drill: alerts over time, on the drill's own service or on others around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from services.oncall.catalogue_copy.services import CatalogueService
from shared.events.oncall import DrillAlert
from shared.ids import derive_id
from shared.questions.drill import PastIncident
from shared.stored import Stored
from shared.vocabulary import Category, Severity

MOST_ALERTS = 200
"""As many alerts as a drill makes."""
MOST_NEIGHBOURS = 5
"""As many services around the drill's own have an alert of one kind."""
LATEST_SECONDS = 86_400

Text = Annotated[str, Field(max_length=1000)]


class AlertPlace(StrEnum):
    """Where an alert happens, where it names no service."""

    SERVICE = "service"
    """On the drill's own."""
    DEPENDENTS = "dependents"
    """On those that need it, at most `MOST_NEIGHBOURS`."""
    TEAM = "team"
    """On its own and on others of its team."""


class ScenarioAlert(Stored):
    """One alert, so many seconds after the drill began."""

    after_seconds: Annotated[int, Field(ge=0, le=LATEST_SECONDS)] = 0
    title: Annotated[str, Field(min_length=1, max_length=500)]
    description: Annotated[str, Field(max_length=4000)] = ""
    severity: Severity | None = None
    category: Category | None = None
    status: Annotated[str, Field(pattern=r"^(firing|acknowledged|resolved)$")] = "firing"
    service: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """A service's id or name; without one `on` says where it happens."""
    on: AlertPlace = AlertPlace.SERVICE
    dedup_key: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Without one alerts of one title on one service are the same alert."""
    labels: Annotated[dict[Text, Text], Field(max_length=32)] = {}


class Scenario(Stored):
    """Alerts in the order in which they come, and how grave they are where they don't say."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = "own"
    description: Annotated[str, Field(max_length=2000)] = ""
    severity: Severity = Severity.HIGH
    alerts: Annotated[tuple[ScenarioAlert, ...], Field(min_length=1, max_length=MOST_ALERTS)]


def lay_out(
    scenario: Scenario, severity: Severity | None, service_id: str | None, services: Mapping[str, CatalogueService]
) -> list[tuple[int, DrillAlert]]:
    """The alerts as they are sent, each with its second, in the order of time; those of one second as they stand."""
    found = [
        (one.after_seconds, _sent(one, service, one.severity or severity or scenario.severity))
        for one in scenario.alerts
        for service in _services_of(one, service_id, services)
    ]
    return sorted(found, key=lambda pair: pair[0])[:MOST_ALERTS]


def scenario_of(past: PastIncident, longest_seconds: int) -> Scenario:
    """A past incident played again: its alerts at their times, those that came later than `longest_seconds` left out.

    One that had no alerts is one alert of its title.
    """
    alerts: list[ScenarioAlert] = []
    for number, one in enumerate(past.alerts):
        key = f"replayed-{number}"
        began = max(0, round((one.joined_at - past.created_at).total_seconds()))
        if began > longest_seconds:
            continue
        told = {"title": one.title[:500] or past.title[:500], "severity": one.severity, "dedup_key": key}
        alerts.append(ScenarioAlert.model_validate({**told, "after_seconds": began, "category": past.category}))
        if one.ended_at is not None:
            ended = max(began, round((one.ended_at - past.created_at).total_seconds()))
            if ended <= longest_seconds:
                alerts.append(ScenarioAlert.model_validate({**told, "after_seconds": ended, "status": "resolved"}))
    alone = ScenarioAlert(title=past.title[:500], severity=past.severity, category=past.category)
    played = tuple(alerts[:MOST_ALERTS]) or (alone,)
    return Scenario(name=past.id, description=past.title[:2000], severity=past.severity, alerts=played)


def _sent(alert: ScenarioAlert, service: str | None, severity: Severity) -> DrillAlert:
    return DrillAlert(
        title=alert.title,
        description=alert.description,
        severity=severity,
        category=alert.category,
        status=alert.status,
        service=service,
        dedup_key=alert.dedup_key or derive_id(alert.title, service or "")[:16],
        labels=alert.labels,
    )


def _services_of(
    alert: ScenarioAlert, service_id: str | None, services: Mapping[str, CatalogueService]
) -> Sequence[str | None]:
    if alert.service is not None:
        return [alert.service]
    own = services.get(service_id or "")
    if own is None or alert.on is AlertPlace.SERVICE:
        return [service_id]
    # another team is not drilled by this one's drill
    near = [one for one in services.values() if one.team == own.team and one.id != own.id]
    if alert.on is AlertPlace.DEPENDENTS:
        return [one.id for one in near if own.id in one.needs][:MOST_NEIGHBOURS]
    others = [one.id for one in near if own.team is not None]
    return [own.id, *others[:MOST_NEIGHBOURS]]
