"""`GET /stale`: a service's part. Only the gateway calls it; it is in no public document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter
from pydantic import BaseModel

from shared.events.control import StaleItem
from shared.vocabulary import Role
from shared.web import Caller

PATH = "/stale"
MOST_ITEMS = 500
"""Of one service in one answer, the oldest first."""

Find = Callable[[], Awaitable[Sequence[StaleItem]]]
"""What a service finds, whosever it is."""


class StalePart(BaseModel):
    """What one service found."""

    items: list[StaleItem]


def routes(find: Find) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["stale"], include_in_schema=False)

    @router.get(PATH)
    async def read_stale(caller: Caller) -> StalePart:
        """A key that is limited to teams sees what is its teams'."""
        caller.require(Role.VIEWER)
        own = [one for one in await find() if not caller.teams or one.team in caller.teams]
        return StalePart(items=sorted(own, key=lambda one: (one.since, one.kind, one.subject))[:MOST_ITEMS])

    return router
