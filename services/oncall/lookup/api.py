"""`POST /lookup`: which of these ids there are none of. Only the gateway calls it; it is in no public document."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.oncall.directory.entry import Kind
from services.oncall.directory.store import DirectoryStore
from shared.vocabulary import Role
from shared.web import Caller

MOST_IDS = 20_000
"""As many services may be in one file."""

Ids = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=MOST_IDS)]


class Named(BaseModel):
    """Ids, by what they are said to be."""

    model_config = ConfigDict(extra="forbid")

    policies: Ids = []
    users: Ids = []


class Missing(BaseModel):
    """Those of them that there are none of."""

    missing: Named


def routes(directory: DirectoryStore) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["on-call"], include_in_schema=False)

    @router.post("/lookup")
    async def look_up(body: Named, caller: Caller) -> Missing:
        """Read as it is stored, never from the copy in memory: what was made a moment ago is there."""
        caller.require(Role.VIEWER)
        return Missing(
            missing=Named(
                policies=sorted(await directory.missing(Kind.POLICY, body.policies)) if body.policies else [],
                users=sorted(await directory.missing(Kind.USER, body.users)) if body.users else [],
            )
        )

    return router
