"""`/incidents/{id}/roles`: who holds which role, and handing it over. `/incident-roles`: the roles there are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.incident.access import require_everybodys
from services.incident.incidents.api.editing import IfMatch, edit_incident
from services.incident.incidents.api.lookup import actor_of, require_incident, show_incident
from services.incident.incidents.api.views import IncidentView, RoleView, role_views
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.participants import UserId
from services.incident.incidents.store.incidents import Incidents
from services.incident.response.role_definition import (
    BUILT_IN,
    Definition,
    DefinitionIn,
    DefinitionPatch,
    define,
    redefine,
    require_own,
)
from services.incident.response.roles import RoleIn, assign, end
from services.incident.response.store.roles import Roles
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.outbox.races import decide_and_commit
from shared.problem import invalid, not_found
from shared.vocabulary import Role
from shared.web import Caller, Page, check_version, decode_cursor, encode_cursor, etag, expected_version
from shared.web.paging import Cursor, Limit


class DefinitionView(Definition):
    """A role as people see it."""

    built_in: bool


def routes(incidents: Incidents, roles: Roles, clock: Now) -> APIRouter:
    """The endpoints below `/incidents/{id}/roles` and `/incident-roles`."""
    router = APIRouter(tags=["incidents"])

    @router.post("/incidents/{id}/roles", status_code=201, responses={200: {"description": "Holds it already"}})
    async def assign_role(
        id: str, body: RoleIn, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> IncidentView:
        """The person holds the role from now on; of an exclusive one whoever held it hands it over. 200: no change."""
        caller.require(Role.RESPONDER)
        role = await roles.get(body.role)
        if role is None:
            known = ", ".join([*BUILT_IN, *sorted(await roles.own())])
            raise invalid("/role", f"is none of {known}", "unknown_role")
        known_role, actor = role, actor_of(caller)
        changed: list[bool] = []

        def decide(incident: Incident) -> Edit:
            edit = assign(incident, known_role, body.user_id, actor, clock.now())
            changed[:] = [not edit.is_empty]
            return edit

        incident = await edit_incident(incidents, id, caller, if_match, decide)
        response.status_code = 201 if changed[0] else 200
        response.headers["Location"] = f"/incidents/{incident.id}/roles"
        return show_incident(incident, response, clock)

    @router.get("/incidents/{id}/roles")
    async def read_roles(id: str, caller: Caller) -> Page[RoleView]:
        """Who holds or held a role, in the order in which they took it."""
        caller.require(Role.VIEWER)
        return Page(items=role_views((await require_incident(incidents, id, caller)).incident))

    @router.delete("/incidents/{id}/roles/{role}")
    async def end_role(
        id: str,
        role: str,
        caller: Caller,
        response: Response,
        *,
        user_id: Annotated[UserId | None, Query(description="Of several holders, only this one")] = None,
        if_match: IfMatch = None,
    ) -> IncidentView:
        """Its holder holds the role no more."""
        actor = actor_of(caller)

        def decide(incident: Incident) -> Edit:
            return end(incident, role, user_id, actor, clock.now())

        return show_incident(await edit_incident(incidents, id, caller, if_match, decide), response, clock)

    _definitions(router, roles)
    return router


def _definitions(router: APIRouter, roles: Roles) -> None:
    @router.post("/incident-roles", status_code=201)
    async def define_role(body: DefinitionIn, caller: Caller, response: Response) -> DefinitionView:
        caller.require(Role.MANAGER)
        require_everybodys(caller.teams)
        made = await decide_and_commit(roles.own, lambda own: define(body, fresh("role_"), list(own)), roles.commit)
        response.headers["Location"] = f"/incident-roles/{made.id}"
        return _view_with_etag(made.changed(version=1), response)

    @router.get("/incident-roles")
    async def list_roles(caller: Caller, limit: Limit = 200, cursor: Cursor = None) -> Page[DefinitionView]:
        """The roles there are, by id, with what each asks of its holder."""
        caller.require(Role.VIEWER)
        after = decode_cursor(cursor, str) or ""
        known = sorted([*BUILT_IN.values(), *(await roles.own()).values()], key=lambda role: role.id)
        left = [role for role in known if role.id > after]
        shown = left[:limit]
        return Page(
            items=[_view(role) for role in shown],
            next_cursor=encode_cursor(shown[-1].id) if len(left) > limit else None,
        )

    @router.get("/incident-roles/{role}")
    async def read_role(role: str, caller: Caller, response: Response) -> DefinitionView:
        caller.require(Role.VIEWER)
        return _view_with_etag(await _existing(roles, role), response)

    @router.patch("/incident-roles/{role}")
    async def edit_role(
        role: str, body: DefinitionPatch, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> DefinitionView:
        """What is left out stays. Assignments keep what they were made with."""
        caller.require(Role.MANAGER)
        require_everybodys(caller.teams)
        expected = expected_version(if_match)
        require_own(role)

        async def read() -> Definition:
            before = await _existing(roles, role)
            check_version(expected, before.version)
            return before

        async def commit(decided: tuple[Definition, Definition]) -> set[str]:
            before, after = decided
            return set() if after == before else await roles.commit(after)

        before, after = await decide_and_commit(read, lambda before: (before, redefine(before, body)), commit)
        return _view_with_etag(after if after == before else after.changed(version=before.version + 1), response)

    @router.delete("/incident-roles/{role}", status_code=204)
    async def remove_role(role: str, caller: Caller) -> Response:
        """It can be assigned no more; who holds it keeps it."""
        caller.require(Role.MANAGER)
        require_everybodys(caller.teams)
        require_own(role)
        if not await roles.remove(role):
            raise not_found("role", role)
        return Response(status_code=204)


async def _existing(roles: Roles, role: str) -> Definition:
    found = await roles.get(role)
    if found is None:
        raise not_found("role", role)
    return found


def _view(role: Definition) -> DefinitionView:
    return DefinitionView(**role.model_dump(), built_in=role.id in BUILT_IN)


def _view_with_etag(role: Definition, response: Response) -> DefinitionView:
    response.headers["ETag"] = etag(role.version)
    return _view(role)
