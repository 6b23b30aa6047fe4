"""`/incidents/{id}/war-room`: one click makes a Slack channel and a video call; again gives the same ones."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from services.comms.incident_copies.lookup import wait_for_incident
from services.comms.incident_copies.store import IncidentCopies
from services.comms.slack.active_client import SlackAccess
from services.comms.war_rooms.calls import call_link
from services.comms.war_rooms.keeper import RoomWorker
from services.comms.war_rooms.store import WarRooms
from services.comms.war_rooms.war_room import RoomState, WarRoom, ask_again, call_room, new_room, require_room_allowed
from shared.clocks.clock import Now
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller

PATH = "/incidents/{id}/war-room"
CHANNEL_SECONDS = 6.0
"""How long the answer waits for Slack; the channel is made in any case."""
PAUSE_SECONDS = 0.05
IncidentId = Annotated[str, Path(max_length=128)]


class RoomChannel(BaseModel):
    """The Slack channel."""

    id: str
    name: str
    url: str


class RoomCall(BaseModel):
    """The video call."""

    url: str


class WarRoomView(BaseModel):
    """A war room; `channel` is null without Slack, and until Slack has made it."""

    incident_id: str
    channel: RoomChannel | None
    call: RoomCall
    state: RoomState
    detail: str


class RoomMaking:
    """Makes war rooms of requests."""

    def __init__(
        self,
        copies: IncidentCopies,
        rooms: WarRooms,
        keeper: RoomWorker,
        clock: Now,
        *,
        call_url: str,
        secret_key: str,
        slack: SlackAccess,
    ) -> None:
        self._copies = copies
        self._rooms = rooms
        self._keeper = keeper
        self._clock = clock
        self._call_url = call_url
        self._secret_key = secret_key
        self._slack = slack
        self._making: set[asyncio.Task[None]] = set()

    async def open(self, incident_id: str, by: str) -> tuple[WarRoom, bool]:
        """The incident's room and whether it is new. Raises a 404 or 409 `Problem`."""
        incident = await wait_for_incident(self._copies, incident_id)
        require_room_allowed(incident)
        known = await self.find(incident_id)
        is_new = False
        if known is None:
            call = call_link(self._call_url, call_room(self._secret_key, incident_id))
            room = new_room(incident, call, by, self._clock.now(), with_slack=self._slack.api is not None)
            is_new = await self._rooms.add(room)
            known = await self.find(incident_id) or room
        now = self._clock.now()
        again = ask_again(known, now, with_slack=self._slack.api is not None) if not is_new else known
        if again != known:
            known = await self._rooms.commit(known, again) or await self.find(incident_id) or known
        if known.state is RoomState.MAKING:
            known = await self._wait_for_channel(known)
        return known, is_new

    async def _wait_for_channel(self, room: WarRoom) -> WarRoom:
        """The room once it has its channel, or Slack has said that it won't be now, or has taken too long."""
        task = asyncio.create_task(self._keeper.keep(room))
        self._making.add(task)
        task.add_done_callback(self._making.discard)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CHANNEL_SECONDS):
                await asyncio.shield(task)
                # somebody else may be about it
                while room.state is RoomState.MAKING and not room.attempts:
                    await asyncio.sleep(PAUSE_SECONDS)
                    room = await self.find(room.incident_id) or room
        return await self.find(room.incident_id) or room

    async def find(self, incident_id: str) -> WarRoom | None:
        """The incident's room, if it has one."""
        return (await self._rooms.of_incidents([incident_id])).get(incident_id)


def routes(desk: RoomMaking) -> APIRouter:
    """`/incidents/{id}/war-room`: make the room, show it."""
    api = APIRouter(tags=["communication"])

    @api.post(
        PATH,
        status_code=201,
        summary="Open the incident's war room: a Slack channel and a call",
        responses={200: {"model": WarRoomView, "description": "It was open already"}},
    )
    async def open_room(id: IncidentId, caller: Caller, response: Response) -> WarRoomView:
        caller.require(Role.RESPONDER)
        room, is_new = await desk.open(id, caller.author)
        response.headers["Location"] = PATH.format(id=id)
        if not is_new:
            response.status_code = 200
        return _view(room)

    @api.get(PATH, summary="The incident's war room")
    async def read_room(id: IncidentId, caller: Caller) -> WarRoomView:
        caller.require(Role.VIEWER)
        room = await desk.find(id)
        if room is None:
            raise not_found("war room of the incident", id)
        return _view(room)

    return api


def _view(room: WarRoom) -> WarRoomView:
    channel = None
    if room.channel_id is not None:
        url = f"https://slack.com/app_redirect?channel={room.channel_id}"
        channel = RoomChannel(id=room.channel_id, name=room.name, url=url)
    return WarRoomView(
        incident_id=room.incident_id,
        channel=channel,
        call=RoomCall(url=room.call_url),
        state=room.state,
        detail=room.detail,
    )
