"""How the components of a page should stand, by the open incidents of their services. Nothing is published by itself.

Drills, imported incidents and predictions of low urgency suggest nothing, as they may not be published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.comms.incident_copies.disclosure import why_not_public
from services.comms.status_pages.page import Component, ComponentState, StatusPage
from shared.events.incidents import IncidentFact
from shared.vocabulary import Severity

STATES: Mapping[Severity, ComponentState] = {
    Severity.CRITICAL: ComponentState.MAJOR_OUTAGE,
    Severity.HIGH: ComponentState.PARTIAL_OUTAGE,
    Severity.MEDIUM: ComponentState.DEGRADED_PERFORMANCE,
    Severity.LOW: ComponentState.OPERATIONAL,
}
"""What an open incident of a severity suggests."""


class Why(StrEnum):
    """Why another state is suggested."""

    INCIDENT_OPEN = "incident_open"
    INCIDENTS_OVER = "incidents_over"


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """As much of an open incident as suggests anything."""

    id: str
    service_id: str
    severity: Severity
    team: str | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A component that should stand otherwise than it does."""

    component: Component
    state: ComponentState
    why: Why
    incidents: Sequence[OpenIncident]
    """Worst first."""


def open_incidents(facts: Sequence[IncidentFact]) -> list[OpenIncident]:
    """Those of these incidents that are open and may be told of in public."""
    return [
        OpenIncident(fact.id, fact.service_id, fact.severity, fact.team)
        for fact in facts
        if fact.status.is_open
        and fact.service_id is not None
        and fact.merged_into is None
        and why_not_public(fact) is None
    ]


def on_component(component: Component, incidents: Sequence[OpenIncident]) -> list[OpenIncident]:
    """The incidents of a component's services, the worst first."""
    own = [one for one in incidents if one.service_id in component.service_ids]
    return sorted(own, key=lambda one: (one.severity.rank, one.id))


def suggestions(page: StatusPage, incidents: Sequence[OpenIncident]) -> list[Suggestion]:
    """The components that should stand otherwise.

    A maintenance is left alone, and so is what an open post says while an incident says less.
    """
    held = {one.component_id for post in page.open for one in post.touched}
    found = []
    for component in page.components:
        if component.state is ComponentState.UNDER_MAINTENANCE:
            continue
        own = on_component(component, incidents)
        state = STATES[own[0].severity] if own else ComponentState.OPERATIONAL
        better = state.rank < component.state.rank
        if state is component.state or (better and (own or component.id in held)):
            continue
        found.append(Suggestion(component, state, Why.INCIDENTS_OVER if better else Why.INCIDENT_OPEN, own))
    return found
