"""`/integrations/jira`: the projects in which action items become tickets. Managers write, everybody reads.

The token is never shown, the webhook's secret only to who has just made or changed it.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel

from services.comms.tickets.project import MOST_PLACES, JiraIn, JiraPatch, Place, apply_patch, create_place
from services.comms.tickets.store.projects import Places
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.events.actions import ActionState
from shared.outside import outbound
from shared.problem import Problem, conflict, forbidden, invalid, not_found
from shared.secrecy.sealing import Seal
from shared.vocabulary import Role
from shared.web import Caller, Page, check_version, etag, expected_version

WEBHOOK = "/integrations/jira/webhook"
PlaceId = Annotated[str, Path(min_length=1, max_length=128)]
IfMatch = Annotated[str | None, Header(description="The `ETag` of the version to change")]


class PlaceView(BaseModel):
    """Where tickets go."""

    id: str
    base_url: str
    email: str
    project_key: str
    issue_type: str
    status_map: dict[ActionState, list[str]]
    user_map: dict[str, str]
    team: str | None
    api_version: int
    webhook_url: str
    webhook_secret: str | None = None
    created_at: datetime
    updated_at: datetime
    version: int


class Projects:
    """What the endpoints share: places that are the caller's to see, written whole, shown without their secrets."""

    def __init__(self, places: Places, seal: Seal, clock: Now, base_url: str) -> None:
        self._places = places
        self._seal = seal
        self._clock = clock
        self._base_url = base_url

    def view(self, place: Place, response: Response | None = None, secret: str | None = None) -> PlaceView:
        """A place; its version goes into the answer's `ETag`."""
        if response is not None:
            response.headers["ETag"] = etag(place.version)
        return PlaceView(
            **place.model_dump(exclude={"provider", "sealed_token", "sealed_secret", "statuses", "deleted"}),
            status_map=place.statuses,
            webhook_url=f"{self._base_url}{WEBHOOK}/{place.id}",
            webhook_secret=secret,
        )

    async def visible_to(self, caller: Identity) -> list[Place]:
        """The places of the caller's teams and of all teams, the newest first."""
        found = [one for one in await self._places.all() if not caller.teams or one.team in (None, *caller.teams)]
        return sorted(found, key=lambda one: one.created_at, reverse=True)

    async def existing(self, caller: Identity, id: str, if_match: str | None = None, *, to_change: bool) -> Place:
        """Raises a `Problem`: 404, 403 for another team's that is to be changed, 412."""
        place = await self._places.get(id)
        if place is None or (caller.teams and place.team not in (None, *caller.teams)):
            raise not_found("Jira project", id)
        if to_change:
            caller.require(Role.MANAGER)
            require_team(caller, place.team)
        check_version(expected_version(if_match), place.version)
        return place

    async def set_up(self, body: JiraIn) -> tuple[Place, str, bool]:
        """The place of a body, the webhook's secret, and whether it is new. Raises a `Problem`: 409, 412, 422."""
        secret = body.webhook_secret or secrets.token_hex(24)
        sealed = self._seal.close(body.api_token.encode()), self._seal.close(secret.encode())
        place = create_place(body, *sealed, self._clock.now())
        known = await self._places.all()
        is_new = all(one.id != place.id for one in known)
        if is_new and len(known) >= MOST_PLACES:
            raise conflict("too_many", f"There are {MOST_PLACES} Jira projects already; delete one first.")
        version = await self._places.version_of(place.id)
        return await self.commit(place.changed(version=version)), secret, is_new

    async def edit(self, place: Place, body: JiraPatch) -> Place:
        """The place after an edit."""
        sealed: dict[str, Any] = {}
        if body.api_token is not None:
            sealed["sealed_token"] = self._seal.close(body.api_token.encode())
        if body.webhook_secret is not None:
            sealed["sealed_secret"] = self._seal.close(body.webhook_secret.encode())
        return await self.commit(apply_patch(place, body, self._clock.now()).changed(**sealed))

    async def delete(self, place: Place) -> None:
        """Leave a mark without secrets."""
        nothing = self._seal.close(b"")
        gone = {"sealed_token": nothing, "sealed_secret": nothing, "updated_at": self._clock.now()}
        await self.commit(place.changed(**gone, deleted=True))

    async def commit(self, place: Place) -> Place:
        """Write a place and return it as it is stored. Raises a 412 `Problem` when somebody was faster."""
        if not await self._places.commit(place):
            raise Problem(412, "version_conflict", "Somebody changed it at the same moment; read it and try again.")
        return place.changed(version=place.version + 1)


def routes(places: Places, *, seal: Seal, clock: Now, base_url: str) -> APIRouter:
    """`/integrations/jira` and `/integrations/jira/{id}`."""
    api = APIRouter(tags=["communication"])
    projects = Projects(places, seal, clock, base_url)

    @api.post("/integrations/jira", status_code=201, summary="Have action items become tickets of a Jira project")
    async def set_up(caller: Caller, body: JiraIn, response: Response) -> PlaceView:
        """The same project again (address, key and team) is the same integration, set anew: 200."""
        caller.require(Role.MANAGER)
        require_team(caller, body.team)
        _require_web_address(body.base_url)
        place, secret, is_new = await projects.set_up(body)
        response.status_code = 201 if is_new else 200
        response.headers["Location"] = f"/integrations/jira/{place.id}"
        return projects.view(place, response, secret)

    @api.get("/integrations/jira", summary="The Jira projects that are set up, the newest first")
    async def list_places(caller: Caller) -> Page[PlaceView]:
        caller.require(Role.VIEWER)
        return Page(items=[projects.view(one) for one in await projects.visible_to(caller)])

    @api.get("/integrations/jira/{id}", summary="One Jira project that is set up")
    async def get_place(caller: Caller, id: PlaceId, response: Response) -> PlaceView:
        caller.require(Role.VIEWER)
        return projects.view(await projects.existing(caller, id, to_change=False), response)

    @api.patch("/integrations/jira/{id}", summary="Edit it: what is left out stays")
    async def edit_place(
        caller: Caller, id: PlaceId, body: JiraPatch, response: Response, if_match: IfMatch = None
    ) -> PlaceView:
        place = await projects.existing(caller, id, if_match, to_change=True)
        return projects.view(await projects.edit(place, body), response, body.webhook_secret)

    @api.delete("/integrations/jira/{id}", status_code=204, summary="Stop: tickets stay in Jira as they are")
    async def delete_place(caller: Caller, id: PlaceId, if_match: IfMatch = None) -> None:
        await projects.delete(await projects.existing(caller, id, if_match, to_change=True))

    return api


def require_team(caller: Identity, team: str | None) -> None:
    """Raise a 403 `Problem` when a key that is limited to teams asks for what is not one of theirs."""
    if caller.teams and team not in caller.teams:
        raise forbidden("The key is limited to teams: set this up for one of them.")


def _require_web_address(base_url: str) -> None:
    try:
        outbound.destination(base_url)
    except outbound.Refused as error:
        raise invalid("/base_url", str(error)) from error
    if any(mark in base_url for mark in "?#@"):
        raise invalid("/base_url", "an address without a user, a query and a fragment")
