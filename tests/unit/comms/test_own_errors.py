"""An error of our own ends the one message, ticket or room that it is about, and says nothing of the destination."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from services.comms.channels.contract import ChannelsByName, MessageStatus, PageLinks
from services.comms.delivery.circuit_breaker import OPEN_AFTER
from services.comms.delivery.outcome import Outcome, delivered
from services.comms.incident_copies.store import IncidentCopies
from services.comms.paging.delivery import Delivery
from services.comms.paging.message_updater import Updater
from services.comms.paging.store.deliveries import Deliveries
from services.comms.people.store.people import People
from services.comms.slack.active_client import SlackAccess
from services.comms.tickets.project import Place
from services.comms.tickets.store.projects import Places
from services.comms.tickets.store.tickets import Tickets
from services.comms.tickets.synchroniser import TicketSync
from services.comms.tickets.systems.contract import Access, Draft, Provider
from services.comms.tickets.ticket import Seen, Sync, Ticket, begin
from services.comms.war_rooms.keeper import RoomWorker
from services.comms.war_rooms.store import WarRooms
from services.comms.war_rooms.war_room import RoomState, WarRoom, new_room
from shared.clocks.clock import Now
from shared.events.incidents import IncidentFact, SimilarFact
from shared.events.oncall import ContactMethod, PageFact
from shared.secrecy.sealing import Seal
from shared.testing.harness import eventually
from shared.vocabulary import Channel, IncidentStatus
from tests.unit.comms.builders import NOON, make_delivery, make_incident, make_page
from tests.unit.comms.tickets.builders import make_action, make_place, seen


class BadInPart:
    """A channel that can't write to what is called bad."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.whispered: list[str] = []

    async def update(
        self, reference: str, page: PageFact, links: PageLinks, shown: MessageStatus, now: datetime
    ) -> Outcome:
        self.asked.append(reference)
        if reference == "bad":
            "–".encode("ascii")
        return delivered("changed", reference)

    async def whisper(self, address: str, text: str) -> None:
        self.whispered.append(address.encode("ascii").decode())


class Kept:
    """The store as far as it is asked."""

    def __init__(self, deliveries: Iterable[Delivery]) -> None:
        self._deliveries = {one.id: one for one in deliveries}

    async def by_ids(self, page_ids: Sequence[str]) -> dict[str, Delivery]:
        return {key: self._deliveries[key] for key in page_ids}

    async def facts_with_survivors(self, incident_ids: Iterable[str]) -> dict[str, IncidentFact]:
        return {key: make_incident(key, status=IncidentStatus.RESOLVED) for key in incident_ids}

    async def similar_to(self, incident_ids: Iterable[str]) -> dict[str, SimilarFact]:
        return {}


class Noon:
    def now(self) -> datetime:
        return NOON


async def test_a_message_that_can_not_be_written_ends_alone() -> None:
    channel = BadInPart()
    method = ContactMethod(id="s", channel=Channel.SLACK, address="USARA")
    deliveries = [
        make_delivery(make_page(f"p{number}").model_copy(update={"method": method}), reference=reference)
        for number, reference in enumerate(["bad", *(f"good{n}" for n in range(6))])
    ]
    updater = Updater(
        cast("ChannelsByName", {Channel.SLACK: channel}),
        cast("Deliveries", Kept(deliveries)),
        cast("IncidentCopies", Kept(deliveries)),
        cast("Now", Noon()),
        base_url="https://tocsin.example.org",
        secret_key="k" * 32,
    )
    updater.put(deliveries)
    updater.whisper(Channel.SLACK, "https://hooks.example.org/–", "gone")
    updater.whisper(Channel.SLACK, "https://hooks.example.org/good", "gone")
    running = asyncio.create_task(updater.run())
    await eventually(lambda: len(channel.asked) == 7)
    await asyncio.sleep(1.2)  # one that is to be tried again is after half a second
    updater.put(deliveries)
    await asyncio.sleep(0.1)
    running.cancel()
    assert sorted(channel.asked) == ["bad", *(f"good{n}" for n in range(6))]
    assert channel.whispered == ["https://hooks.example.org/good"]


class TicketsKept:
    """The tickets, and the places, as far as they are asked."""

    def __init__(self, tickets: Iterable[Ticket]) -> None:
        self.kept = {one.id: one for one in tickets}

    def due_work(self, *_: object, **__: object) -> None:
        """The test sweeps by itself."""

    check_work = due_work

    async def due(self, now: datetime, limit: int) -> list[Ticket]:
        return [one for one in self.kept.values() if one.due_at is not None and one.due_at <= now][:limit]

    async def commit(self, changes: Iterable[tuple[Ticket | None, Ticket, Any]]) -> set[str]:
        for before, after, _ in changes:
            version = before.version if before else 0
            self.kept[after.id] = after.model_copy(update={"version": version + 1})
        return set()

    async def all(self) -> list[Place]:
        return [make_place()]


class Unwritable:
    """A ticket system to which what is called bad can't be written."""

    def __init__(self) -> None:
        self.made: list[str] = []

    async def create(self, access: Access, draft: Draft, now: datetime) -> Seen:
        if draft.action_id.startswith("bad"):
            "–".encode("ascii")
        self.made.append(draft.action_id)
        return seen()


class Open:
    def open(self, sealed: str) -> bytes:
        return b"token"


class Nobody:
    async def readers(self, user_ids: Sequence[str]) -> dict[str, Any]:
        return {}


async def test_a_ticket_that_can_not_be_written_ends_alone() -> None:
    keys = [*(f"bad{number}" for number in range(OPEN_AFTER + 1)), "good"]
    tickets = TicketsKept(begin(make_action(id=key), 1, make_place(), NOON) for key in keys)
    system = Unwritable()
    ticketer = TicketSync(
        cast("Tickets", tickets),
        cast("Places", tickets),
        cast("People", Nobody()),
        {"jira": cast("Provider", system)},
        seal=cast("Seal", Open()),
        clock=cast("Now", Later()),
        base_url="https://tocsin.example.org",
    )
    while await ticketer.sweep():
        pass  # for ever, if it can't be ended; the test's limit says so
    ended = {key: (one.sync, one.detail) for key, one in tickets.kept.items() if key != "good"}
    assert set(ended.values()) == {(Sync.FAILED, "the ticket can't be written: UnicodeEncodeError")}
    assert system.made == ["good"]


class Later:
    def now(self) -> datetime:
        return NOON + timedelta(days=3650)


class RoomsKept:
    """One room."""

    def __init__(self) -> None:
        self.room: WarRoom | None = None

    def due_work(self, *_: object, **__: object) -> None:
        """The test keeps the room by itself."""

    mark_work = due_work

    async def commit(self, before: WarRoom, after: WarRoom) -> WarRoom:
        self.room = after.model_copy(update={"version": before.version + 1})
        return self.room


class UnwritableSlack:
    async def json(self, method: str, members: Any, now: datetime) -> dict[str, Any]:
        "–".encode("ascii")
        return {}

    form = json


class SlackKept:
    api = UnwritableSlack()


async def test_a_room_that_can_not_be_written_ends_as_refused() -> None:
    async def facts(ids: Sequence[str]) -> dict[str, IncidentFact]:
        return {key: make_incident(key) for key in ids}

    rooms = RoomsKept()
    keeper = RoomWorker(
        cast("WarRooms", rooms),
        cast("People", Nobody()),
        facts,
        cast("SlackAccess", SlackKept()),
        clock=cast("Now", Noon()),
        base_url="https://tocsin.example.org",
    )
    await keeper.keep(new_room(make_incident(), "https://call.example.org", "sara", NOON, with_slack=True))
    assert rooms.room is not None
    assert (rooms.room.state, rooms.room.due_at) == (RoomState.FAILED, None)
    assert rooms.room.detail == "the message can't be written: UnicodeEncodeError"
