"""`POST /rehearsal/incidents`: which incidents alerts would be in. Only the gateway calls it; it is in no public
document.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter

from services.incident.alerts.correlation import Known, correlate
from services.incident.alerts.store import CorrelationReads, facts_of_new
from services.incident.catalogue.store.services import Catalogue
from services.incident.incidents.api.lookup import require_incident
from services.incident.incidents.store.incidents import Incidents
from services.incident.rehearsals.rehearsed_incident import arrivals_of, begin_again, describe_outcome, new_ids
from shared.callers.identity import Identity
from shared.questions.rehearsal import (
    INCIDENTS,
    IncidentsAnswer,
    IncidentsQuestion,
    RehearsedAlert,
    RehearsedIncident,
)
from shared.vocabulary import Role
from shared.web import Caller


def routes(reads: CorrelationReads, incidents: Incidents, catalogue: Catalogue) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["rehearsals"], include_in_schema=False)

    async def again(id_: str, caller: Identity, at: datetime) -> RehearsedIncident:
        incident = (await require_incident(incidents, id_, caller)).incident
        service = await catalogue.get(incident.service_id) if incident.service_id is not None else None
        return begin_again(incident, None if service is None or service.deleted else service, at)

    async def decide(alerts: Sequence[RehearsedAlert], at: datetime, *, is_past: bool) -> IncidentsAnswer:
        arrivals = arrivals_of(alerts, at)
        known = Known() if is_past else await reads.read_known(arrivals)
        directory = await reads.find_services(facts_of_new(arrivals, known))
        outcome = correlate(arrivals, known, lambda fact: directory.place(fact)[0], new_ids(), at)
        return describe_outcome(alerts, arrivals, known, outcome)

    @router.post(INCIDENTS)
    async def rehearse_incidents(asked: IncidentsQuestion, caller: Caller) -> IncidentsAnswer:
        """Decided as alert events from the bus are; only read."""
        caller.require(Role.VIEWER)
        if asked.incident_id is not None:
            return IncidentsAnswer(incidents=[await again(asked.incident_id, caller, asked.at)])
        return await decide(asked.alerts, asked.at, is_past=asked.is_past)

    return router
