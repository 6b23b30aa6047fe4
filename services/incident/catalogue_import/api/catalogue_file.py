"""`/services/import` and `/services/export`: the whole catalogue as one file. Managers import, all read.

An import that is broken off is finished by sending the same file once more.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from services.incident.access import in_scope
from services.incident.catalogue.export import write_yaml
from services.incident.catalogue_import.api.views import ImportView, import_json
from services.incident.catalogue_import.job import ImportJob
from services.incident.catalogue_import.plan import new_policies
from services.incident.catalogue_import.store import ImportJobs
from services.incident.catalogue_import.worker import File, ImportWorker
from services.incident.service_map.map_cache import MapCache
from services.incident.service_map.response_cache import MapResponseCache
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller

PATIENCE_SECONDS = 6.0
"""So long an import is waited for; the gateway waits for ten."""
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


def routes(
    map_cache: MapCache,
    importer: ImportWorker,
    jobs: ImportJobs,
    answers: MapResponseCache,
    *,
    clock: Now,
    patience_seconds: float = PATIENCE_SECONDS,
) -> APIRouter:
    """The endpoints of the catalogue's file."""
    router = APIRouter(tags=["services"])

    @router.post(
        "/services/import", openapi_extra=_FILE, response_model=ImportView, responses={202: {"model": ImportJob}}
    )
    async def import_services(
        request: Request,
        caller: Caller,
        dry_run: Annotated[bool, Query(description="Show the difference and change nothing")] = False,
        prune: Annotated[bool, Query(description="Delete the services that are not in the file")] = False,
    ) -> Response:
        """Make the catalogue what a file says, YAML or JSON: a list of services under `services`.

        A large file may take longer than this call: then it is 202, and `Location` says where its end is found.
        """
        caller.require(Role.MANAGER)
        file = File(await request.body(), caller.teams, prune)
        if dry_run:
            plan = await importer.plan(file)
            return _json(await asyncio.to_thread(import_json, plan, dry_run=True))
        done = await importer.carry_out(file, patience_seconds)
        if isinstance(done, ImportJob):
            return _json(done.model_dump_json().encode(), 202, Location=f"/services/imports/{done.id}")
        return _json(await asyncio.to_thread(import_json, done, dry_run=False))

    @router.post("/import-references", include_in_schema=False)
    async def read_references(
        request: Request, caller: Caller, prune: Annotated[bool, Query()] = False
    ) -> dict[str, list[dict[str, str]]]:
        """The policies that a file newly names, for the gateway to ask on-call about; in no public document."""
        caller.require(Role.MANAGER)
        plan = await importer.plan(File(await request.body(), caller.teams, prune))
        return {"policies": [{"pointer": pointer, "id": policy} for pointer, policy in new_policies(plan)]}

    @router.get("/services/imports/{id}")
    async def read_import(id: str, caller: Caller) -> ImportJob:
        """How far an import has come that was answered 202, and how it ended; kept for a week."""
        caller.require(Role.MANAGER)
        return _require_visible(await jobs.get(id), id, caller, clock.now())

    @router.get(
        "/services/export",
        response_class=Response,
        responses={200: {"content": {YAML: {"schema": {"type": "string"}}}}},
    )
    async def export_services(caller: Caller) -> Response:
        """The catalogue as a file that an import takes; what it makes of it is what is there."""
        caller.require(Role.VIEWER)
        service_map = await map_cache.fresh()
        entries = map_cache.entries

        def write() -> bytes:
            shown = [key for key, node in service_map.nodes.items() if in_scope(caller.teams, node.team)]
            return write_yaml([entries[key] for key in sorted(shown)], service_map.nodes).encode()

        answer = await answers.answer(service_map, ("export", tuple(caller.teams)), partial(asyncio.to_thread, write))
        headers = {"Content-Disposition": 'attachment; filename="services.yaml"'}
        return Response(answer.body, media_type=YAML, headers=headers)

    return router


def _require_visible(job: ImportJob | None, id: str, caller: Identity, now: datetime) -> ImportJob:
    """The import as it is now. Raises a 404 `Problem` when there is none that the caller's key asked for."""
    if job is None or (caller.teams and sorted(caller.teams) != sorted(job.teams)):
        raise not_found("import", id)
    return job.as_of(now)


def _json(body: bytes, status: int = 200, **headers: str) -> Response:
    return Response(body, status, headers, media_type="application/json")
