"""What HTTP shows of services; clients are written against these names."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from services.incident.catalogue.rating_defaults import UrgencyRule
from services.incident.catalogue.service_definition import EdgeKind, Match, Service, Slo
from services.incident.catalogue.support_hours import SupportHours
from shared.events.alerts import Link


class DependencyView(BaseModel):
    """What a service states to need."""

    service_id: str
    kind: EdgeKind


class ServiceView(BaseModel):
    """A service of the catalogue."""

    id: str
    name: str
    description: str
    tier: int | None
    team: str | None
    escalation_policy_id: str | None
    tags: list[str]
    links: list[Link]
    slo: Slo | None
    match: Match
    urgency: UrgencyRule
    auto_resolve_after_seconds: int
    depends_on: list[DependencyView]
    change_window_seconds: int
    resolved_grace_seconds: int
    support_hours: SupportHours | None
    created_at: datetime
    updated_at: datetime
    version: int


def service_view(service: Service) -> ServiceView:
    """A service."""
    stated = {name: getattr(service, name) for name in ServiceView.model_fields if name != "depends_on"}
    needs = [DependencyView(service_id=one.service_id, kind=EdgeKind.of(hard=one.hard)) for one in service.depends_on]
    return ServiceView(**stated, depends_on=needs)
