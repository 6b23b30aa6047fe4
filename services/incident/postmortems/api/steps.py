"""What is done with a post-mortem as a whole: it is drafted anew, reviewed, published and withdrawn."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.incident.incidents.api.editing import IfMatch
from services.incident.incidents.api.lookup import actor_of
from services.incident.postmortems.api.editing import PostmortemEditing
from services.incident.postmortems.api.views import PostmortemView, ReviewAsked
from services.incident.postmortems.postmortem import Revised, Step, publish, redraft
from services.incident.postmortems.store.postmortems import StoredPostmortem
from shared.web import Caller


def routes(editing: PostmortemEditing) -> APIRouter:
    """The endpoints of the steps, each a word below `/postmortems/{id}`."""
    router = APIRouter(tags=["postmortems"])
    clock = editing.clock

    @router.post("/postmortems/{id}/review")
    async def ask_for_review(
        id: str, caller: Caller, response: Response, body: ReviewAsked | None = None, if_match: IfMatch = None
    ) -> PostmortemView:
        reviewers = body.reviewers if body is not None else None
        return await editing.show(await editing.step(id, caller, if_match, Step.REVIEW, reviewers=reviewers), response)

    @router.post("/postmortems/{id}/publish")
    async def publish_postmortem(
        id: str, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> PostmortemView:
        """Once the incident is resolved; from then on others find it."""
        by = actor_of(caller).name

        async def decide(kept: StoredPostmortem) -> Revised:
            stored = await editing.incident_of(kept.postmortem)
            return publish(kept.postmortem, stored.incident, by, clock.now())

        return await editing.show(await editing.revise(id, caller, if_match, decide), response)

    @router.post("/postmortems/{id}/unpublish")
    async def unpublish_postmortem(
        id: str, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> PostmortemView:
        """A draft again: others do not find it any more."""
        return await editing.show(await editing.step(id, caller, if_match, Step.UNPUBLISHED), response)

    @router.post("/postmortems/{id}/reopen")
    async def reopen_postmortem(
        id: str, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> PostmortemView:
        """From review back to a draft."""
        return await editing.show(await editing.step(id, caller, if_match, Step.REOPENED), response)

    @router.post("/postmortems/{id}/redraft")
    async def redraft_postmortem(
        id: str, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> PostmortemView:
        """Sections that nobody wrote are drafted anew from what is known now."""
        by = actor_of(caller).name

        async def decide(kept: StoredPostmortem) -> Revised:
            drafted = await editing.draft_sections(await editing.incident_of(kept.postmortem))
            return redraft(kept.postmortem, drafted, by, clock.now())

        return await editing.show(await editing.revise(id, caller, if_match, decide), response)

    return router
