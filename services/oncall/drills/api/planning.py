"""`POST /drills` and `/drills/{id}/cancel`: managers plan and stop drills, anybody one that pages nobody but them."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response

from services.oncall.access import require_team
from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.catalogue_copy.store import CatalogueServices
from services.oncall.directory.entry import Kind
from services.oncall.directory.store import DirectoryStore
from services.oncall.drills.api.lookup import PATH, SCENARIOS, find_drill, require_theirs
from services.oncall.drills.api.views import DrillView, NewDrill, ReplayedIncident, drill_view
from services.oncall.drills.course import DrillTurn, stop
from services.oncall.drills.drill import DrillReason
from services.oncall.drills.planning import Wish, plan_drill
from services.oncall.drills.scenario import Scenario, scenario_of
from services.oncall.drills.shipped import SHIPPED
from services.oncall.drills.store import Drills, KeptDrill
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.events.oncall import RUNS_RUNBOOKS, runs_runbooks
from shared.ids import fresh
from shared.outbox.races import decide_and_commit
from shared.problem import conflict, invalid, unavailable
from shared.vocabulary import Role
from shared.web import Caller

PATIENCE_SECONDS = 1.0
"""A service that was made a moment ago may not be known here yet: it is waited for this long."""


def routes(drills: Drills, directory: DirectoryStore, services: CatalogueServices, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])

    @router.post(PATH, status_code=201)
    async def make_drill(body: NewDrill, caller: Caller, response: Response) -> DrillView:
        """Plan a drill, or begin it now. Its alerts go the way of real ones; every message says that it is a drill."""
        is_alone = _require_planner(body, caller)
        known = await _find_services(services, body.service_id)
        team = _team_of(body, known, caller, is_alone=is_alone)
        require_team(caller, team)
        await _require_people(directory, body)
        drill = plan_drill(_wish(body, team), caller, known, directory.now, clock.now())
        if not await drills.commit(KeptDrill(drill), DrillTurn(drill)):
            raise conflict("already_exists", f"There is a drill with the id {drill.id!r} already.")
        response.headers["Location"] = f"{PATH}/{drill.id}"
        return drill_view(drill)

    @router.post(f"{PATH}/{{id}}/cancel")
    async def cancel_drill(id: str, caller: Caller) -> DrillView:
        """Stop it: no more alerts, and its incidents are over. The next one of its series, if one is planned, stays."""
        caller.require(Role.RESPONDER)

        async def read() -> KeptDrill:
            return await find_drill(drills, id, caller)

        def decide(kept: KeptDrill) -> tuple[KeptDrill, DrillTurn]:
            require_theirs(kept.drill, caller)
            if kept.drill.ends_incidents:
                return kept, DrillTurn(kept.drill)
            return kept, stop(kept.drill, DrillReason.STOPPED, caller.author, clock.now())

        async def commit(decided: tuple[KeptDrill, DrillTurn]) -> set[str]:
            return set() if await drills.commit(*decided) else {id}

        _, turn = await decide_and_commit(read, decide, commit)
        return drill_view(turn.drill)

    return router


def _require_planner(body: NewDrill, caller: Identity) -> bool:
    """True for a drill that pages the caller alone. Raises a 403 `Problem` unless the caller may plan this one."""
    caller.require(Role.RESPONDER)
    is_alone = body.pages is not None and body.pages.user_ids == (caller.user_id,)
    if not is_alone or body.run_runbooks:
        caller.require(Role.MANAGER)
    return is_alone


def _team_of(body: NewDrill, known: dict[str, CatalogueService], caller: Identity, *, is_alone: bool) -> str | None:
    """Whose drill it is: its service's team's; without a service, one's own for one who is paged alone."""
    service = known.get(body.service_id or "")
    if service is not None:
        return service.team
    return next(iter(caller.teams), None) if is_alone else None


async def _find_services(services: CatalogueServices, service_id: str | None) -> dict[str, CatalogueService]:
    """The services of the catalogue. Raises a 422 `Problem` when the drill's own is none of them."""
    for _ in range(round(PATIENCE_SECONDS / 0.05)):
        known = {one.id: one for one in await services.all()}
        if service_id is None or service_id in known:
            return known
        await asyncio.sleep(0.05)
    raise invalid("/service_id", f"there is no service with the id {service_id!r}", "unknown_service")


async def _require_people(directory: DirectoryStore, body: NewDrill) -> None:
    user_ids = body.pages.user_ids if body.pages is not None else ()
    missing = await directory.missing(Kind.USER, user_ids) if user_ids else set()
    for number, user in enumerate(user_ids):
        if user in missing:
            raise invalid(f"/pages/user_ids/{number}", f"there is no user with the id {user!r}", "unknown_reference")


def _wish(body: NewDrill, team: str | None) -> Wish:
    if body.id == SCENARIOS:
        raise invalid("/id", f"{SCENARIOS!r} is reserved")
    if body.id is not None and runs_runbooks(body.id) is not body.run_runbooks:
        raise invalid("/id", f"ids of drills whose runbooks run begin with {RUNS_RUNBOOKS!r}, and no others do")
    return Wish(
        id=body.id or fresh(RUNS_RUNBOOKS if body.run_runbooks else "drl_"),
        name=body.name,
        scenario=_scenario(body),
        service_id=body.service_id,
        team=team,
        starts_at=body.starts_at,
        severity=body.severity,
        expected=body.expected,
        duration_seconds=body.duration_seconds,
        announced=body.announced,
        run_runbooks=body.run_runbooks,
        ends_on_real_incident=body.ends_on_real_incident,
        paged=body.pages,
        rrule=body.rrule,
        time_zone=body.time_zone,
    )


def _scenario(body: NewDrill) -> Scenario:
    """What is to happen. Raises a `Problem`: 422 for a name that no scenario has, 503 for an incident not asked for."""
    if isinstance(body.scenario, Scenario):
        return body.scenario
    if isinstance(body.scenario, ReplayedIncident):
        if body.prepared is None:
            raise unavailable("What this incident was like can't be told just now; nothing was done.")
        return scenario_of(body.prepared, body.duration_seconds)
    shipped = SHIPPED.get(body.scenario.strip().lower().replace(" ", "-").replace("_", "-"))
    if shipped is None:
        raise invalid("/scenario", f"there is no scenario {body.scenario!r}; known are {', '.join(SHIPPED)}")
    return shipped
