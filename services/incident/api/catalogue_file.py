"""`/services/import` and `/services/export`: the whole catalogue as one file. Managers import, all read.

An import is decided as a whole before anything is written. Each service is then written by itself, and what somebody
else changed meanwhile is decided again; one that is broken off is finished by sending the same file once more.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.incident.access import in_scope
from services.incident.exporting import stated, write_yaml
from services.incident.importing import Action, Plan, differences, plan_import, read_rows
from services.incident.map_keeper import MapKeeper
from services.incident.store.catalogue import Catalogue
from services.incident.yaml_text import read_yaml
from shared.aggregates import settle_races
from shared.clock import Now
from shared.vocabulary import Role
from shared.web import Caller

CHUNK = 100
YAML = "application/yaml"
_EXAMPLE = "services:\n- id: payments\n  name: Payments\n  tier: 1\n"
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            YAML: {"schema": {"type": "string"}, "example": _EXAMPLE},
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["services"],
                    "properties": {"services": {"type": "array", "items": {"type": "object"}}},
                }
            },
        },
    }
}


class FieldChangeView(BaseModel):
    """What becomes of one member of a service."""

    field: str
    before: Any
    after: Any


class ServiceChangeView(BaseModel):
    """What becomes of one service."""

    id: str
    action: Action
    changes: list[FieldChangeView]


class ImportView(BaseModel):
    """What an import did or, as a dry run, would do; what does not change is counted only."""

    created: int
    updated: int
    deleted: int
    unchanged: int
    dry_run: bool
    diff: list[ServiceChangeView]


def routes(catalogue: Catalogue, keeper: MapKeeper, clock: Now) -> APIRouter:
    """The endpoints of the catalogue's file."""
    router = APIRouter(tags=["services"])

    @router.post("/services/import", openapi_extra=_FILE)
    async def import_services(
        request: Request,
        caller: Caller,
        dry_run: Annotated[bool, Query(description="Show the difference and change nothing")] = False,
        prune: Annotated[bool, Query(description="Delete the services that are not in the file")] = False,
    ) -> ImportView:
        """Make the catalogue what a file says, YAML or JSON: a list of services under `services`."""
        caller.require(Role.MANAGER)
        # a long file takes a moment: nobody else's request waits for it
        rows = read_rows(await asyncio.to_thread(read_yaml, await request.body()))
        decided: list[Plan] = []

        async def attempt() -> set[str]:
            plan = plan_import(rows, await catalogue.all(), caller.teams, clock.now(), prune=prune)
            decided.append(plan)
            return set() if dry_run else await _apply(catalogue, plan)

        await settle_races(attempt)
        await keeper.refresh()
        return import_view(decided[0], dry_run=dry_run)

    @router.get(
        "/services/export",
        response_class=Response,
        responses={200: {"content": {YAML: {"schema": {"type": "string"}}}}},
    )
    async def export_services(caller: Caller) -> Response:
        """The catalogue as a file that an import takes; what it makes of it is what is there."""
        caller.require(Role.VIEWER)
        there = (await keeper.fresh()).nodes.keys()
        services = [one for one in await catalogue.all() if not one.deleted and in_scope(caller.teams, one.team)]
        text = write_yaml(stated(one, there) for one in sorted(services, key=lambda one: one.id))
        headers = {"Content-Disposition": 'attachment; filename="services.yaml"'}
        return Response(text, media_type=YAML, headers=headers)

    return router


async def _apply(catalogue: Catalogue, plan: Plan) -> set[str]:
    lost: set[str] = set()
    for start in range(0, len(plan.changes), CHUNK):
        lost |= await catalogue.commit_all([(one.before, one.after) for one in plan.changes[start : start + CHUNK]])
    return lost


def import_view(plan: Plan, *, dry_run: bool) -> ImportView:
    """A plan as HTTP shows it."""
    counts = {action: sum(one.action is action for one in plan.changes) for action in Action}
    return ImportView(
        created=counts[Action.CREATE],
        updated=counts[Action.UPDATE],
        deleted=counts[Action.DELETE],
        unchanged=plan.unchanged,
        dry_run=dry_run,
        diff=[
            ServiceChangeView(
                id=one.after.id,
                action=one.action,
                changes=[FieldChangeView(field=field, before=old, after=new) for field, old, new in differences(one)],
            )
            for one in plan.changes
        ],
    )
