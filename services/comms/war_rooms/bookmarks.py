"""Remembers the messages that people mark in war rooms; `keeper` fetches their words and tells of them."""

from __future__ import annotations

from services.comms.slack.requests import Reaction
from services.comms.war_rooms.store import WarRooms
from services.comms.war_rooms.war_room import Marked
from shared.clocks.clock import Now


class Bookmarks:
    """The marks that Slack tells of; the same message is remembered once, whoever marks it and however often."""

    def __init__(self, rooms: WarRooms, clock: Now, *, emoji: str) -> None:
        self._rooms = rooms
        self._clock = clock
        self._emoji = emoji.strip(":")

    async def record(self, reaction: Reaction | None) -> None:
        """Remember the message if it was marked with our emoji in a war room."""
        if reaction is None or reaction.emoji.partition("::")[0] != self._emoji:
            return
        room = await self._rooms.of_channel(reaction.channel)
        if room is not None:
            await self._rooms.mark(
                Marked(
                    id=f"{reaction.channel}/{reaction.ts}",
                    incident_id=room.incident_id,
                    channel_id=reaction.channel,
                    ts=reaction.ts,
                    slack_user=reaction.user,
                    at=reaction.written_at,
                    due_at=self._clock.now(),
                )
            )
