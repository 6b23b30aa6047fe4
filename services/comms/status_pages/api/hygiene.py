"""What a status page should say, and what is wrong with it, by the incidents that are open now. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from services.comms.incident_copies.store import IncidentCopies
from services.comms.status_pages.access import require_seen
from services.comms.status_pages.api.pages import PATH, SlugPath
from services.comms.status_pages.hygiene import Flaw, findings
from services.comms.status_pages.page import ComponentState, StatusPage
from services.comms.status_pages.store import StatusPages
from services.comms.status_pages.suggestions import OpenIncident, Why, open_incidents, suggestions
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.vocabulary import Role, Severity
from shared.web import Caller


class SuggestionView(BaseModel):
    """A component that should stand otherwise."""

    component_id: str
    name: str
    current: ComponentState
    suggested: ComponentState
    reason: Why
    severity: Severity | None
    incidents: list[str]


class SuggestionsView(BaseModel):
    """All of a page."""

    items: list[SuggestionView]


class CheckView(BaseModel):
    """One thing that is wrong."""

    code: Flaw
    since: datetime | None
    component_id: str | None
    post_id: str | None
    incidents: list[str]


class ChecksView(BaseModel):
    """All of a page; none is best."""

    items: list[CheckView]


def routes(pages: StatusPages, copies: IncidentCopies, clock: Now) -> APIRouter:
    """`/status-pages/{slug}/suggestions` and `/checks`."""
    api = APIRouter(tags=["communication"])

    async def gather(slug: str, caller: Identity) -> tuple[StatusPage, Sequence[OpenIncident]]:
        caller.require(Role.VIEWER)
        page = require_seen(caller, await pages.get(slug), slug)
        services = {id for component in page.components for id in component.service_ids}  # noqa: A001 - a service's
        return page, open_incidents(await copies.open_of(sorted(services)))

    @api.get(f"{PATH}/{{slug}}/suggestions", summary="How components should stand, by open incidents")
    async def suggest(slug: SlugPath, caller: Caller) -> SuggestionsView:
        page, incidents = await gather(slug, caller)
        return SuggestionsView(
            items=[
                SuggestionView(
                    component_id=one.component.id,
                    name=one.component.name,
                    current=one.component.state,
                    suggested=one.state,
                    reason=one.why,
                    severity=one.incidents[0].severity if one.incidents else None,
                    incidents=_visible_ids(caller, one.incidents),
                )
                for one in suggestions(page, incidents)
            ]
        )

    @api.get(f"{PATH}/{{slug}}/checks", summary="What is wrong with a page just now")
    async def check(slug: SlugPath, caller: Caller) -> ChecksView:
        page, incidents = await gather(slug, caller)
        return ChecksView(
            items=[
                CheckView(
                    code=one.flaw,
                    since=one.since,
                    component_id=one.component_id,
                    post_id=one.post_id,
                    incidents=_visible_ids(caller, one.incidents),
                )
                for one in findings(page, incidents, clock.now())
            ]
        )

    return api


def _visible_ids(caller: Identity, incidents: Sequence[OpenIncident]) -> list[str]:
    """The ids of those that the caller may know of."""
    return [one.id for one in incidents if not caller.teams or one.team in caller.teams]
