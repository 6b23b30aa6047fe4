"""`GET /stream`: Server-Sent Events of what the caller may see, until the caller leaves or may not any more."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.gateway.entry.caller_context import CallerContext
from services.gateway.proxy.ownership import Owners
from services.gateway.stream.feed import Feed, Reader
from services.gateway.stream.sse import (
    Position,
    PositionSigner,
    StreamItem,
    is_resumable,
    write_heartbeat,
    write_item,
    write_opening,
)
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import Problem
from shared.web import Caller

HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 1.0
"""How often it is looked whether the caller's key still holds."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`hello` first, or `reset`, which may come later too: then read everything again. After it an"
        " event for each fact, with `{type, id, version, at, incident_id, service_id}`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def routes(feed: Feed, owners: Owners, positions: PositionSigner, clock: Now) -> APIRouter:
    """`GET /stream`."""
    router = APIRouter()

    @router.get("/stream", summary="What happens, as it happens", response_class=StreamingResponse, responses=_ANSWER)
    async def listen(
        request: Request, caller: Caller, last_event_id: Annotated[str | None, Header(max_length=100)] = None
    ) -> StreamingResponse:
        caller_context: CallerContext = request.scope["tocsin.caller_context"]
        with ExitStack() as until_answered:
            reader = until_answered.enter_context(feed.reader(caller.key_id))
            await feed.wait_attached()
            asked = positions.read(last_event_id)
            missed = await feed.since(asked) if asked is not None and is_resumable(asked, clock.now()) else None
            reset = last_event_id is not None and missed is None
            begun = asked if asked is not None and missed is not None else feed.position
            first = write_opening(positions.of(begun), reset=reset)
            sight = _Visibility(owners, caller, caller_context)
            parts = _tell(feed, reader, first, missed or [], sight, positions=positions)
            return _Events(parts, until_answered.pop_all())

    return router


class _Events(StreamingResponse):
    """Gives the reader's place back however the answer ends."""

    def __init__(self, parts: AsyncIterator[bytes], place: ExitStack) -> None:
        super().__init__(parts, media_type="text/event-stream", headers=_HEADERS)
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._place:
            await super().__call__(scope, receive, send)


async def _tell(
    feed: Feed, reader: Reader, first: bytes, missed: list[StreamItem], sight: _Visibility, *, positions: PositionSigner
) -> AsyncIterator[bytes]:
    yield first
    done = -1
    beat_at = time.monotonic() + HEARTBEAT_SECONDS
    pending = missed
    while not reader.is_lost and await sight.holds():
        for item in pending:
            if item.offset > done and await sight.shows(item):
                done = item.offset
                yield write_item(item, positions.of(Position(item.offset + 1, feed.position.at)))
        if time.monotonic() >= beat_at and not reader.waiting and not reader.is_lost:
            beat_at = time.monotonic() + HEARTBEAT_SECONDS
            yield write_heartbeat(positions.of(feed.position))
        await reader.wait(LOOK_SECONDS)
        if reader.take_reset():
            done = -1
            yield write_opening(positions.of(feed.position), reset=True)
        pending = reader.take()


class _Visibility:
    """What one caller may hear of; answers of the owners are remembered for a while."""

    SECONDS = 30.0
    MOST = 2000

    def __init__(self, owners: Owners, caller: Identity, caller_context: CallerContext) -> None:
        self._owners = owners
        self._teams = caller.teams
        self._caller_context = caller_context
        self._known: dict[tuple[str, str], tuple[float, bool]] = {}

    async def holds(self) -> bool:
        """True while the caller would be let in again."""
        return await self._caller_context.holds()

    async def shows(self, item: StreamItem) -> bool:
        """True when the caller may hear of this."""
        if not self._teams:
            return True
        if item.type.startswith("incident."):
            return item.team in self._teams
        if item.type.startswith("execution."):
            return item.team in self._teams and (item.runbook_team is None or item.runbook_team in self._teams)
        if item.incident_id is not None:
            return await self._is_seen("incident", item.incident_id)
        return item.service_id is not None and await self._is_seen("service", item.service_id)

    async def _is_seen(self, what: str, id: str) -> bool:
        at, seen = self._known.get((what, id), (0.0, False))
        if time.monotonic() - at < self.SECONDS:
            return seen
        ask = self._owners.is_incident_seen if what == "incident" else self._owners.is_service_seen
        try:
            seen = await ask(id, self._caller_context.token())
        except Problem:
            return False
        if len(self._known) >= self.MOST:
            self._known.clear()
        self._known[what, id] = (time.monotonic(), seen)
        return seen
