"""`/a/{token}`: the acknowledge link of a page. It needs no key: the signed token says who answers what.

GET shows one button and changes nothing, since mail scanners follow links; POST acknowledges. The link of an incident
that was merged is about the one that it went into. A link ends with its day, with its person, and
when people were paged anew since somebody answered its page.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import HTMLResponse, JSONResponse

from services.incident.incidents.commands import Actor, acknowledge
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents
from services.incident.people.store import People
from services.incident.response.links import require_present_page
from shared.ack_page import HEADERS, already_page, ask_page, done_page, sorry_page, wants_html
from shared.clocks.clock import Now
from shared.outbox.races import decide_and_commit
from shared.problem import Problem, not_found
from shared.secrecy.signed_links import LONGEST, AckClaim, read_ack_token
from shared.web.application import problem_response

Token = Annotated[str, Path(max_length=LONGEST)]
Accept = Annotated[str | None, Header()]


def routes(incidents: Incidents, people: People, clock: Now, secret_key: str) -> APIRouter:
    """The acknowledge links' endpoints."""
    router = APIRouter(tags=["incidents"])

    @router.get("/a/{token}", response_class=HTMLResponse)
    async def ask(token: Token, accept: Accept = None) -> Response:
        """The page with the button; it changes nothing."""
        try:
            claim = read_ack_token(secret_key, token, clock.now())
            await _require_person(people, claim)
            incident = await _find_incident(incidents, claim)
        except Problem as problem:
            return _sorry(problem, accept)
        if incident.status.is_open and incident.unanswered:
            page = ask_page(
                incident_id=incident.id, title=incident.title, locale=claim.locale, paged_for=claim.incident_id
            )
        else:
            page = already_page(
                incident_id=incident.id, title=incident.title, status=incident.status.value, locale=claim.locale
            )
        return HTMLResponse(page, headers=dict(HEADERS))

    @router.post("/a/{token}")
    async def answer(token: Token, accept: Accept = None) -> Response:
        """Acknowledge, in the name of the person who was paged."""
        try:
            claim = read_ack_token(secret_key, token, clock.now())
            await _require_person(people, claim)
            incident = await _acknowledge(incidents, claim, clock)
        except Problem as problem:
            return _sorry(problem, accept)
        if not wants_html(accept):
            return JSONResponse({"id": incident.id, "status": incident.status.value}, headers=dict(HEADERS))
        page = done_page(incident_id=incident.id, title=incident.title, locale=claim.locale)
        return HTMLResponse(page, headers=dict(HEADERS))

    return router


async def _require_person(people: People, claim: AckClaim) -> None:
    if await people.is_gone(claim.user_id):
        raise Problem(
            410, "person_gone", "This link belongs to somebody who is not here any more; nothing was changed."
        )


async def _find_incident(incidents: Incidents, claim: AckClaim) -> Incident:
    """The incident of the page, or the one that it was merged into. Raises a `Problem`: 404, or 410 for an old page."""
    stored = await incidents.get(claim.incident_id)
    if stored is None:
        raise not_found("incident", claim.incident_id)
    survivor = await incidents.survivor(stored.incident)
    require_present_page(stored.incident, survivor, claim)
    return survivor


async def _acknowledge(incidents: Incidents, claim: AckClaim, clock: Now) -> Incident:
    actor = Actor(claim.user_id, claim.user_id)
    edit = await decide_and_commit(
        lambda: _find_incident(incidents, claim),
        lambda incident: acknowledge(incident, actor, clock.now()),
        lambda edit: incidents.commit([edit]),
    )
    return edit.after


def _sorry(problem: Problem, accept: str | None) -> Response:
    if not wants_html(accept):
        return problem_response(problem)
    return HTMLResponse(sorry_page(detail=problem.detail), problem.status, headers=dict(HEADERS))
