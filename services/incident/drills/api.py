"""`POST /drill/scenario`: what a past incident was like. Only the gateway calls it; it is in no public document."""

from __future__ import annotations

from fastapi import APIRouter

from services.incident.incidents.api.lookup import require_incident
from services.incident.incidents.store.alert_members import Members, newest_of
from services.incident.incidents.store.incidents import Incidents
from shared.questions.drill import MOST_ALERTS, SCENARIO, PastAlert, PastIncident, ScenarioQuestion
from shared.vocabulary import AlertStatus, Role
from shared.web import Caller


def routes(incidents: Incidents, members: Members) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["drills"], include_in_schema=False)

    @router.post(SCENARIO)
    async def read_scenario(asked: ScenarioQuestion, caller: Caller) -> PastIncident:
        caller.require(Role.VIEWER)
        stored = await require_incident(incidents, asked.incident_id, caller)
        incident = stored.incident
        kept = await members.of_incident(incident.id, MOST_ALERTS + 1, MOST_ALERTS)
        waiting = [one for one in stored.waiting_members if one.number <= MOST_ALERTS]
        found = sorted(newest_of([*kept, *waiting]).values(), key=lambda one: one.number)
        return PastIncident(
            id=incident.id,
            title=incident.title,
            severity=incident.severity,
            category=incident.category,
            service_id=incident.service_id,
            created_at=incident.created_at,
            alerts=[
                PastAlert(
                    title=one.title,
                    severity=one.severity,
                    joined_at=one.joined_at,
                    ended_at=one.ends_at if one.status is AlertStatus.RESOLVED else None,
                )
                for one in found
            ],
        )

    return router
