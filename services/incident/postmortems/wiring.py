"""Puts post-mortems together: their store and routes."""

from __future__ import annotations

from services.incident.action_items.store import Actions
from services.incident.incidents.wiring import IncidentStores
from services.incident.people.store import People
from services.incident.postmortems.api import comments as comment_routes
from services.incident.postmortems.api import documents as document_routes
from services.incident.postmortems.api import postmortems as postmortem_routes
from services.incident.postmortems.api import revisions as revision_routes
from services.incident.postmortems.api import steps as step_routes
from services.incident.postmortems.api.editing import PostmortemEditing
from services.incident.postmortems.store.comments import Comments
from services.incident.postmortems.store.evidence import EvidenceReads
from services.incident.postmortems.store.postmortems import Postmortems
from services.incident.suspects.store.evidence import SuspectEvidence
from services.incident.timeline.store import Timeline
from shared.runtime import Runtime


def evidence_reads(
    runtime: Runtime, stores: IncidentStores, timeline: Timeline, suspect_evidence: SuspectEvidence
) -> EvidenceReads:
    """Returns the reads that drafts and figures are made from."""
    return EvidenceReads(timeline, stores.members, suspect_evidence, runtime.clock)


def add_routes(
    runtime: Runtime, stores: IncidentStores, actions: Actions, evidence: EvidenceReads, people: People
) -> PostmortemEditing:
    """Adds `/postmortems…`; returns the editing that the routes of action items share."""
    postmortems = Postmortems(runtime)
    runtime.snapshots("postmortem.changed.v1", postmortems.snapshots)
    editing = PostmortemEditing(postmortems, actions, stores.incidents, evidence, people=people, clock=runtime.clock)
    for router in (  # a document's ending is no part of its id
        document_routes.routes(editing),
        postmortem_routes.routes(editing, stores.incidents),
        step_routes.routes(editing),
        revision_routes.routes(editing),
        comment_routes.routes(editing, Comments(runtime)),
    ):
        runtime.app.include_router(router)
    return editing
