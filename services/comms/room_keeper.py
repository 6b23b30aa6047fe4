"""Keeps war rooms: makes their channels, has them say how the incident stands, asks people in, archives them on close.

Everything is driven by a stored due time. A step that is repeated after a crash changes nothing, but for the summary:
one that was posted and not recorded is posted again. What Slack refuses to do for one person is left out.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence

from services.comms.channels import slack_rooms
from services.comms.channels.slack_access import SlackAccess
from services.comms.channels.slack_api import SlackApi, Unsuccessful
from services.comms.outcome import OutcomeKind
from services.comms.store import People
from services.comms.store.war_rooms import WarRooms
from services.comms.war_room import (
    RoomState,
    WarRoom,
    after_trouble,
    digest_of,
    done,
    is_over,
    marked_later,
    message_noted,
    people_of,
    summary,
    topic,
)
from shared.clock import Now
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.logs import get_logger
from shared.mongo import Document
from shared.timers import sweep_forever

BATCH = 20
POLL_SECONDS = 0.5
Facts = Callable[[Sequence[str]], Awaitable[dict[str, Document]]]

log = get_logger(__name__)


class RoomKeeper:
    """The war rooms; while no Slack is configured there is nothing to keep."""

    def __init__(
        self, rooms: WarRooms, people: People, facts: Facts, slack: SlackAccess, *, clock: Now, base_url: str
    ) -> None:
        self._rooms = rooms
        self._people = people
        self._facts = facts
        self._slack = slack
        self._clock = clock
        self._base_url = base_url

    async def run(self) -> None:
        """Work, for ever."""
        await sweep_forever("war rooms", self.sweep, poll_seconds=POLL_SECONDS)

    async def hear(self, events: Sequence[Event]) -> None:
        """Incidents changed: their rooms are looked at soon."""
        ids = [event.subject for event in events if isinstance(event.data, IncidentFact)]
        if self._slack.api is None or not ids:
            return
        for room in (await self._rooms.of_incidents(ids)).values():
            if room.state is RoomState.OPEN and room.due_at is None:
                await self._rooms.commit(room, room.model_copy(update={"due_at": self._clock.now()}))

    async def sweep(self) -> bool:
        """Do what is due; True when there may be more."""
        if self._slack.api is None:
            return False
        now = self._clock.now()
        due = await self._rooms.due(now, BATCH)
        for room in due:
            await self.keep(room)
        if self._slack.api is not None:
            await self._note_marked(self._slack.api)
        return len(due) == BATCH

    async def keep(self, room: WarRoom) -> None:
        """Have one room be as it should."""
        facts = await self._facts([room.incident_id])
        api = self._slack.api
        if api is None or room.incident_id not in facts:
            return
        try:
            await self._kept(api, room, IncidentFact.model_validate(facts[room.incident_id]))
        except Unsuccessful as failure:
            current = (await self._rooms.of_incidents([room.incident_id]))[room.incident_id]
            jitter = random.random()  # noqa: S311 - not a secret
            await self._rooms.commit(current, after_trouble(current, failure.outcome, self._clock.now(), jitter))

    async def _kept(self, api: SlackApi, room: WarRoom, incident: IncidentFact) -> None:
        now = self._clock.now()
        if room.channel_id is None:
            channel = await slack_rooms.make_channel(api, room.name, now)
            made = await self._rooms.commit(
                room, room.model_copy(update={"channel_id": channel, "state": RoomState.OPEN})
            )
            if made is None:
                return
            room = made
        channel = room.channel_id or ""
        if room.summary_ts is None:
            text = summary(incident, room, self._base_url, {})
            ts = await slack_rooms.post_summary(api, channel, text, now)
            posted = await self._rooms.commit(room, room.model_copy(update={"summary_ts": ts}))
            if posted is None:
                return
            room = posted
        shown = await self._show(api, channel, room, incident)
        invited = await self._invite(api, channel, room, incident)
        state = room.state
        if is_over(incident):
            await slack_rooms.archive(api, channel, now)
            state = RoomState.ARCHIVED
        await self._rooms.commit(room, done(room, shown=shown, invited=invited, state=state))

    async def _show(self, api: SlackApi, channel: str, room: WarRoom, incident: IncidentFact) -> str:
        """Bring topic and summary up to date, if they are not."""
        readers = await self._people.readers([holder.user_id for holder in incident.roles])
        names = {key: reader.name for key, reader in readers.items()}
        about, text = topic(incident, room), summary(incident, room, self._base_url, names)
        digest, now = digest_of(about, text), self._clock.now()
        if digest != room.shown:
            await slack_rooms.set_topic(api, channel, about, now)
            await slack_rooms.update_summary(api, channel, room.summary_ts or "", text, now)
            await slack_rooms.pin(api, channel, room.summary_ts or "", now)
        return digest

    async def _invite(self, api: SlackApi, channel: str, room: WarRoom, incident: IncidentFact) -> list[str]:
        readers = await self._people.readers(people_of(incident))
        wanted = [reader.slack[0] for reader in readers.values() if reader.slack]
        invited = list(room.invited)
        for user in wanted:
            if user in invited:
                continue
            try:
                await slack_rooms.invite(api, channel, user, self._clock.now())
            except Unsuccessful as failure:
                if failure.outcome.kind is not OutcomeKind.REFUSED:
                    raise
                log.info("somebody can't be asked into a war room", room=room.name, error=failure.error)
            invited.append(user)
        return invited

    async def _note_marked(self, api: SlackApi) -> None:
        """Fetch the words of marked messages and tell of them, each once."""
        for marked in await self._rooms.due_marks(self._clock.now(), BATCH):
            now = self._clock.now()
            try:
                found = await slack_rooms.message_at(api, marked.channel_id, marked.ts, now)
            except Unsuccessful as failure:
                jitter = random.random()  # noqa: S311 - not a secret
                await self._rooms.settle_mark(marked, marked_later(marked, failure.outcome, now, jitter))
                continue
            author, text = found or ("", "")
            events = []
            if text.strip():
                by = await self._people.of_slack(author) or f"slack:{author}"
                events.append(message_noted(marked, text, by))
            await self._rooms.settle_mark(marked, marked.model_copy(update={"due_at": None}), events)
