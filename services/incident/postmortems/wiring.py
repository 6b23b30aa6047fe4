"""Puts post-mortems together, and the action items that come of them: their stores and routes."""

from __future__ import annotations

from dataclasses import dataclass

from services.incident.action_items import wiring as action_items
from services.incident.action_items.store import Actions
from services.incident.handlers import Hearing
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


@dataclass(frozen=True, slots=True)
class Learning:
    """What is learnt after incidents: the editing of post-mortems, action items, and what hears of those."""

    editing: PostmortemEditing
    actions: Actions
    news: Hearing


def add_learning(
    runtime: Runtime, stores: IncidentStores, timeline: Timeline, suspect_evidence: SuspectEvidence, people: People
) -> Learning:
    """Adds `/postmortems…` and `/actions…`."""
    actions = action_items.open_actions(runtime)
    evidence = EvidenceReads(timeline, stores.members, suspect_evidence, runtime.clock)
    editing = _add_routes(runtime, stores, actions, evidence, people)
    action_items.add_routes(runtime, actions, editing)
    return Learning(editing, actions, action_items.news_handler(runtime, actions, editing).handle)


def _add_routes(
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
        runtime.routes(router)
    return editing
