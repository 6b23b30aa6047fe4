"""`/on-call/audit`: gaps in the next 30 days, and people whom nothing would reach."""

from __future__ import annotations

import asyncio
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from services.oncall.auditing import AHEAD, FindingKind, audit
from services.oncall.store.directory import DirectoryStore
from services.oncall.store.reachability import Reachability
from shared.clock import Now
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


class AuditView(BaseModel):
    """Everything that is wrong with who is on call; no items: all is well."""

    at: datetime
    until: datetime
    items: list[FindingView]


def routes(directory: DirectoryStore, reachability: Reachability, clock: Now) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["on-call"])

    @router.get("/on-call/audit")
    async def read_audit(caller: Caller) -> AuditView:
        """Gaps first, by their start; then layers without people, then people. A team's key sees what is the team's."""
        caller.require(Role.VIEWER)
        now, failing = clock.now(), await reachability.failing()
        # a month of every schedule takes a while to compute: pages must not wait for it
        found = await asyncio.to_thread(audit, directory.now.frozen(), failing, now)
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
                )
                for one in found
                if not caller.teams or set(one.teams) & set(caller.teams)
            ],
        )

    return router
