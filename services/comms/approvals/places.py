"""Where an approval is asked for in Slack: each person's own conversation, and the incident's room if there is one."""

from __future__ import annotations

from collections.abc import Iterable

from services.comms.approvals.approval_request import SlackMessage
from services.comms.people.reader import Reader
from services.comms.slack.active_client import SlackAccess
from services.comms.war_rooms.store import WarRooms
from services.comms.war_rooms.war_room import RoomState


class SlackPlaces:
    """Asks the store of rooms, and writes nothing."""

    def __init__(self, rooms: WarRooms, slack: SlackAccess) -> None:
        self._rooms = rooms
        self._slack = slack

    async def find(self, incident_id: str, readers: Iterable[Reader]) -> list[SlackMessage]:
        """The places; none while there is no Slack."""
        if self._slack.api is None:
            return []
        places = [SlackMessage(user_id=one.id) for one in readers if one.slack]
        room = (await self._rooms.of_incidents([incident_id])).get(incident_id)
        if room is not None and room.state is RoomState.OPEN and room.channel_id is not None:
            places.append(SlackMessage(channel=room.channel_id))
        return places
