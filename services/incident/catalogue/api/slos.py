"""`GET|PUT /reports/slos.yaml`: the SLOs of all services as one file. Managers write, everybody reads.

By its address it is a report, but an SLO is a member of its service: so the catalogue, which owns services, writes it
and answers here, and analytics hears of it as of any other edit (`service.changed.v1`).

A file says something about the services that it names; others keep what they have, unless `prune` is asked for.
Everything is read and checked before anything is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.incident.access import in_scope
from services.incident.catalogue.openslo import MOST_DOCUMENTS, Promise, SloFile, read_slos, refuse, write_slos
from services.incident.catalogue.service_definition import Service, Slo
from services.incident.catalogue.store.services import Catalogue
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.outbox.races import decide_and_commit
from shared.problem import Fault, too_large
from shared.text.yaml_reader import read_yaml_documents
from shared.vocabulary import Role
from shared.web import Caller

YAML = "application/yaml"
MOST_BYTES = 5_000_000
_EXAMPLE = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: payments}
spec:
  service: payments
  indicator:
    metadata: {name: payments-uptime}
    spec:
      thresholdMetric:
        metricSource: {type: tocsin, spec: {service: payments, measure: uptime}}
  timeWindow: [{duration: 90d, isRolling: true}]
  budgetingMethod: Timeslices
  objectives: [{op: gte, value: 1, target: 0.999, timeSliceTarget: 1.0, timeSliceWindow: 1m}]
"""
_FILE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {YAML: {"schema": {"type": "string"}, "example": _EXAMPLE}}}
}
_FILES: dict[int | str, dict[str, Any]] = {200: {"content": {YAML: {"schema": {"type": "string"}}}}}
Change = tuple[Service, Service]


class SloNote(BaseModel):
    """What of a document (counted from 0) was not taken."""

    document: int
    service_id: str | None
    note: str


class SlosTaken(BaseModel):
    """What became of a file: ids of services."""

    changed: list[str]
    unchanged: list[str]
    removed: list[str]
    """Services whose SLO was taken away, since the file does not name them (`prune`)."""
    notes: list[SloNote]
    dry_run: bool


def routes(catalogue: Catalogue, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["reports"])

    async def seen_by(caller: Identity) -> list[Service]:
        return [one for one in await catalogue.all() if not one.deleted and in_scope(caller.teams, one.team)]

    @router.get("/reports/slos.yaml", response_class=Response, responses=_FILES)
    async def read_slos_file(caller: Caller) -> Response:
        """The SLO of each service that has one, as documents of OpenSLO."""
        caller.require(Role.VIEWER)
        text = await asyncio.to_thread(write_slos, await seen_by(caller))
        headers = {"Content-Disposition": 'inline; filename="slos.yaml"'}
        return Response(text, media_type=YAML, headers=headers)

    @router.put("/reports/slos.yaml", openapi_extra=_FILE)
    async def take_slos_file(
        request: Request,
        caller: Caller,
        dry_run: Annotated[bool, Query(description="Show what would change and change nothing")] = False,
        prune: Annotated[bool, Query(description="Take away the SLOs of services that the file does not name")] = False,
    ) -> SlosTaken:
        """Sets the SLOs of the services that the file names. Of indicators other than Tocsin's only service, target and
        window are taken; `notes` say so.
        """
        caller.require(Role.MANAGER)
        body = await request.body()
        if len(body) > MOST_BYTES:
            raise too_large(MOST_BYTES)
        file = await asyncio.to_thread(lambda: read_slos(read_yaml_documents(body, MOST_DOCUMENTS)))

        async def read() -> Mapping[str, Service]:
            return {one.id: one for one in await seen_by(caller)}

        async def commit(changes: list[Change]) -> set[str]:
            # decided again where somebody was faster: what was written already is no change any more
            return set() if dry_run else await catalogue.commit_all(changes)

        before = await read()
        wanted = _changes(before, file, prune=prune, clock=clock)
        await decide_and_commit(read, lambda known: _changes(known, file, prune=prune, clock=clock), commit)
        return _taken(wanted, file, dry_run=dry_run)

    return router


def _changes(known: Mapping[str, Service], file: SloFile, *, prune: bool, clock: Now) -> list[Change]:
    """What is to be written. Raises a 422 `Problem` that names the services that are not there."""
    unknown = [one for one in file.promises if one.service_id not in known]
    if unknown:
        raise refuse([_unknown(one) for one in unknown[:50]])
    named = {one.service_id: one.slo for one in file.promises}
    wanted: Iterable[tuple[str, Slo | None]] = list(named.items())
    if prune:
        wanted = [*wanted, *((key, None) for key in known if key not in named)]
    now = clock.now()
    return [(known[key], known[key].changed(slo=slo, updated_at=now)) for key, slo in wanted if known[key].slo != slo]


def _unknown(promise: Promise) -> Fault:
    return Fault(f"/{promise.place}/spec/service", f"there is no service {promise.service_id[:100]!r}")


def _taken(changes: list[Change], file: SloFile, *, dry_run: bool) -> SlosTaken:
    changed = {after.id for _, after in changes if after.slo is not None}
    notes = [
        SloNote(document=one.place, service_id=one.service_id, note=note) for one in file.promises for note in one.notes
    ]
    notes += [SloNote(document=place, service_id=None, note=note) for place, note in file.skipped.items()]
    return SlosTaken(
        changed=sorted(changed),
        unchanged=sorted(one.service_id for one in file.promises if one.service_id not in changed),
        removed=sorted(after.id for _, after in changes if after.slo is None),
        notes=sorted(notes, key=lambda one: one.document),
        dry_run=dry_run,
    )
