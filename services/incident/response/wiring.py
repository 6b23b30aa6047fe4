"""Puts together what responders do: the routes, and what is heard of escalations and answers."""

from __future__ import annotations

from services.incident.handlers import Hearing
from services.incident.incidents.store.incidents import Incidents
from services.incident.people.store import People
from services.incident.response.api import ack_links as link_routes
from services.incident.response.api import merging as merge_routes
from services.incident.response.api import participants as participant_routes
from services.incident.response.api import roles as role_routes
from services.incident.response.api import snoozing as snooze_routes
from services.incident.response.api import tasks as task_routes
from services.incident.response.api import times as times_routes
from services.incident.response.handlers import AnswerHandler, EscalationHandler
from services.incident.response.store.checklists import Checklists
from services.incident.response.store.roles import Roles
from services.incident.suspects.store.evidence import SuspectEvidence
from services.incident.timeline.store import Timeline
from shared.runtime import Runtime
from shared.secrecy.signed_links import PATH


def add_routes(runtime: Runtime, incidents: Incidents, suspect_evidence: SuspectEvidence, people: People) -> None:
    """Adds what responders do below `/incidents/{id}`, and `/a/{token}`, which acknowledges without a key."""
    clock = runtime.clock
    for router in (
        task_routes.routes(incidents, Checklists(runtime), clock),
        times_routes.routes(incidents, suspect_evidence, clock),
        merge_routes.routes(incidents, clock),
        role_routes.routes(incidents, Roles(runtime), clock),
        participant_routes.routes(incidents, clock),
        snooze_routes.routes(incidents, clock),
        link_routes.routes(incidents, people, clock, runtime.settings.secret_key),
    ):
        runtime.routes(router)
    runtime.open_prefixes = (PATH,)


def news_handlers(runtime: Runtime, incidents: Incidents, timeline: Timeline) -> tuple[Hearing, Hearing]:
    """What takes in the events of escalations and pages, and answers to pages."""
    return (
        EscalationHandler(incidents, timeline, runtime.clock).handle,
        AnswerHandler(incidents, runtime.clock).handle,
    )
