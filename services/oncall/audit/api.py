"""`/on-call/audit`: services whose critical alert would page nobody, gaps in the next 30 days, and people whom nothing
would reach.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from services.oncall.audit.count_cache import CountCache
from services.oncall.audit.coverage import silences
from services.oncall.audit.findings import AHEAD, FindingKind, audit
from services.oncall.catalogue_copy.store import CatalogueServices
from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.store.reachability import Reachability
from shared.clocks.clock import Now
from shared.vocabulary import Role
from shared.web import Caller


class FindingView(BaseModel):
    """One thing that is wrong."""

    kind: FindingKind
    sentence: str
    teams: list[str]
    """Whose it is to mend."""
    schedule_id: str | None
    user_id: str | None
    start: datetime | None
    end: datetime | None
    service_id: str | None
    """Of `service_pages_nobody`: in the next 7 days, before anything takes over for its policy."""


class AuditView(BaseModel):
    """Everything that is wrong with who is on call; no items: all is well."""

    at: datetime
    until: datetime
    items: list[FindingView]


class UnpagedView(BaseModel):
    """How many services have a time in the next 7 days in which their critical alert would page nobody."""

    services: int


def routes(directory: DirectoryStore, reachability: Reachability, services: CatalogueServices, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])

    @router.get("/on-call/audit")
    async def read_audit(caller: Caller) -> AuditView:
        """What has a time first, by its start: services that page nobody, and gaps; then layers, then people.

        A team's key sees what is the team's.
        """
        caller.require(Role.VIEWER)
        now, failing = clock.now(), await reachability.find_failing()
        # a month of every schedule takes a while to compute: pages must not wait for it
        known = await services.all()
        found = await asyncio.to_thread(audit, directory.now.freeze(), failing, now, known)
        return AuditView(
            at=now,
            until=now + AHEAD,
            items=[
                FindingView(
                    kind=one.kind,
                    sentence=one.sentence,
                    teams=list(one.teams),
                    schedule_id=one.schedule_id,
                    user_id=one.user_id,
                    start=one.start,
                    end=one.end,
                    service_id=one.service_id,
                )
                for one in found
                if not caller.teams or set(one.teams) & set(caller.teams)
            ],
        )

    counted = CountCache()

    @router.get("/on-call/audit/unpaged")
    async def count_unpaged(caller: Caller) -> UnpagedView:
        """Only how many services would page nobody at some time.

        What took long to count is kept for a while, at most a minute, until somebody changes people or plans.
        """
        caller.require(Role.VIEWER)
        began, revision = time.monotonic(), directory.revision
        number = counted.get(caller.teams, revision, began)
        if number is None:
            now, failing = clock.now(), await reachability.find_failing()
            known = [one for one in await services.all() if not caller.teams or one.team in caller.teams]
            number = len(await asyncio.to_thread(silences, directory.now.freeze(), known, failing, now))
            counted.put(caller.teams, revision, number, began=began, ended=time.monotonic())
        return UnpagedView(services=number)

    return router
