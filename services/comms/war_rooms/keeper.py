"""Keeps war rooms: makes their channels, has them say how the incident stands, asks people in, archives them on close.

Everything is driven by a stored due time. Who works on a room holds it by moving that time, so two never do the same; a
step that is repeated after a crash changes nothing, and a summary that was posted and not recorded is found in the
channel. What Slack refuses to do for one person is left out.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from prometheus_client import Counter

from services.comms.delivery.outcome import OutcomeKind, failed_here
from services.comms.people.store.people import People
from services.comms.slack import channels_client as slack_rooms
from services.comms.slack.active_client import SlackAccess
from services.comms.slack.client import SlackApi, Unsuccessful
from services.comms.war_rooms.store import WarRooms
from services.comms.war_rooms.war_room import (
    Marked,
    RoomOutcome,
    RoomState,
    WarRoom,
    after_trouble,
    digest_of,
    is_over,
    message_event,
    outcome_of,
    people_of,
    postpone_mark,
    settle_room,
    summary,
    topic,
)
from shared.clocks.clock import Now
from shared.events.incidents import IncidentFact
from shared.outbox.races import decide_and_commit
from shared.process.logs import get_logger

BATCH = 20
LOOK_SECONDS = 15.0
HELD_FOR = timedelta(seconds=20)
"""Longer than any one call; what a dead process held is taken up then."""
Facts = Callable[[Sequence[str]], Awaitable[dict[str, IncidentFact]]]

ROOMS = Counter("tocsin_war_rooms_total", "What became of war rooms in Slack", ["outcome"])

log = get_logger(__name__)


class RoomWorker:
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
        self._due = rooms.due_work(self.sweep, look_seconds=LOOK_SECONDS)
        self._marks = rooms.mark_work(self.sweep_marks, look_seconds=LOOK_SECONDS)

    @property
    def is_on(self) -> bool:
        """True while there is a Slack to keep rooms in."""
        return self._slack.api is not None

    async def run(self) -> None:
        """Bring rooms up to date as they come due, for ever."""
        await self._due.run()

    async def note_marks(self) -> None:
        """Tell of the messages that people mark in rooms, for ever."""
        await self._marks.run()

    async def hear(self, incident_ids: Sequence[str]) -> None:
        """These incidents changed: their rooms are looked at soon."""
        if self._slack.api is None:
            return
        for room in (await self._rooms.of_incidents(incident_ids)).values():
            if room.state in (RoomState.OPEN, RoomState.MAKING):
                await self._record(room, self._to_look_at)

    async def sweep(self) -> bool:
        """Do what is due for rooms; True when there may be more."""
        if self._slack.api is None:
            return False
        due = await self._rooms.due(self._clock.now(), BATCH)
        for room in due:
            await self.keep(room)
        return len(due) == BATCH

    async def sweep_marks(self) -> bool:
        """Fetch the words of marked messages and tell of them, each once; True when there may be more."""
        api = self._slack.api
        if api is None:
            return False
        due = await self._rooms.due_marks(self._clock.now(), BATCH)
        for marked in due:
            await self._note(api, marked)
        return len(due) == BATCH

    async def keep(self, room: WarRoom) -> None:
        """Bring one room up to date, unless another process holds it."""
        api = self._slack.api
        if api is None:
            return
        held = await self._rooms.commit(room, room.changed(due_at=self._clock.now() + HELD_FOR))
        incident = await self._incident(room.incident_id)
        if held is None or incident is None:
            return
        try:
            await self._update_slack(api, held, incident)
        except Unsuccessful as failure:
            outcome, jitter = failure.outcome, random.random()  # noqa: S311 - not a secret
            after = await self._record(held, lambda current: after_trouble(current, outcome, self._clock.now(), jitter))
            ROOMS.labels(outcome_of(after).value).inc()

    async def _update_slack(self, api: SlackApi, room: WarRoom, incident: IncidentFact) -> None:
        now = self._clock.now()
        was_begun = room.channel_id is not None
        if room.channel_id is None:
            with _or_unsuccessful():
                channel, name = await slack_rooms.make_channel(api, room.name, now)
            made = {"channel_id": channel, "name": name, "state": RoomState.OPEN}
            room = await self._record(room, lambda current: current.changed(**made))
            ROOMS.labels(RoomOutcome.MADE.value).inc()
        channel = room.channel_id or ""
        if room.summary_ts is None:
            with _or_unsuccessful():
                ts = await slack_rooms.find_summary(api, channel, incident.id, now) if was_begun else None
                if ts is None:
                    text = summary(incident, room, self._base_url, {})
                    ts = await slack_rooms.post_summary(api, channel, text, incident.id, now)
            room = await self._record(room, lambda current: current.changed(summary_ts=ts))
        # what was told up to this version of the room is in the newest fact; what comes later makes another version
        incident = await self._incident(room.incident_id) or incident
        shown = await self._show(api, channel, room, incident)
        invited = await self._invite(api, channel, room, incident)
        state = room.state
        if is_over(incident):
            with _or_unsuccessful():
                await slack_rooms.archive(api, channel, now)
            state = RoomState.ARCHIVED
        after = settle_room(room, shown=shown, invited=invited, state=state)
        if await self._rooms.commit(room, after) is None:
            # the incident went on meanwhile: what is shown is kept, and looked at again
            again = {"shown": shown, "invited": invited, "due_at": self._clock.now()}
            await self._record(room, lambda current: current.changed(**again))
        elif state is RoomState.ARCHIVED:
            ROOMS.labels(RoomOutcome.ARCHIVED.value).inc()

    def _to_look_at(self, room: WarRoom) -> WarRoom:
        """The room after news. Whoever works on it right now learns of them by its new version."""
        is_kept = room.state in (RoomState.OPEN, RoomState.MAKING)
        return room.changed(due_at=room.due_at or self._clock.now()) if is_kept else room

    async def _record(self, room: WarRoom, change: Callable[[WarRoom], WarRoom]) -> WarRoom:
        """The room as it is stored after `change`, made again on what somebody else wrote meanwhile."""
        id = room.incident_id  # noqa: A001 - the incident's

        async def read() -> WarRoom:
            return (await self._rooms.of_incidents([id]))[id]

        async def commit(decided: tuple[WarRoom, WarRoom]) -> set[str]:
            return set() if await self._rooms.commit(*decided) is not None else {id}

        before, after = await decide_and_commit(read, lambda before: (before, change(before)), commit, known=room)
        return after.changed(version=before.version + 1)

    async def _incident(self, incident_id: str) -> IncidentFact | None:
        return (await self._facts([incident_id])).get(incident_id)

    async def _show(self, api: SlackApi, channel: str, room: WarRoom, incident: IncidentFact) -> str:
        """Bring topic and summary up to date, if they are not."""
        readers = await self._people.readers([holder.user_id for holder in incident.roles])
        names = {key: reader.name for key, reader in readers.items()}
        with _or_unsuccessful():
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
                with _or_unsuccessful():
                    await slack_rooms.invite(api, channel, user, self._clock.now())
            except Unsuccessful as failure:
                if failure.outcome.kind is not OutcomeKind.REFUSED:
                    raise
                log.info("somebody can't be asked into a war room", room=room.name, error=failure.error)
            invited.append(user)
        return invited

    async def _note(self, api: SlackApi, marked: Marked) -> None:
        now = self._clock.now()
        try:
            with _or_unsuccessful():
                found = await slack_rooms.message_at(api, marked.channel_id, marked.ts, now)
            author, text = found or ("", "")
            by = await self._people.of_slack(author) or f"slack:{author}"
            with _or_unsuccessful():
                events = [message_event(marked, text, by)] if text.strip() else []
        except Unsuccessful as failure:
            jitter = random.random()  # noqa: S311 - not a secret
            await self._rooms.settle_mark(marked, postpone_mark(marked, failure.outcome, now, jitter))
            return
        await self._rooms.settle_mark(marked, marked.changed(due_at=None), events)


@contextmanager
def _or_unsuccessful() -> Iterator[None]:
    """An error of our own ends this one step, as a refusal of Slack's would. Raises `Unsuccessful`."""
    try:
        yield
    except Unsuccessful:
        raise
    except Exception as error:
        log.exception("Slack could not be asked")
        raise Unsuccessful(failed_here(error)) from error
