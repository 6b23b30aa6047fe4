"""What comms asks of the collections beside deliveries and status pages: no question reads all of one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime

import pytest
from pymongo import monitoring

from services.comms.delivery.delivery_state import DeliveryState
from services.comms.delivery.store import Filters
from services.comms.mail.message import Lane, LetterKind
from services.comms.mail.store.letters import LETTERS, Letters, letter_indexes
from services.comms.people.store.people import People, people_indexes
from services.comms.stakeholders.mail import Template, UpdateContent
from services.comms.stakeholders.store.updates import STAKEHOLDER_UPDATES, StakeholderUpdates, stakeholder_indexes
from services.comms.stakeholders.store.versioned import Entries, Entry, entry_indexes
from services.comms.stakeholders.update import Group, Recipient, StakeholderUpdate
from services.comms.stakeholders.wiring import GROUPS, TEMPLATE_VERSIONS, TEMPLATES
from services.comms.tickets.store.tickets import TICKETS, Tickets, ticket_indexes
from services.comms.tickets.ticket import Sync
from services.comms.war_rooms.store import MARKED, WAR_ROOMS, WarRooms, war_room_indexes
from services.comms.war_rooms.war_room import new_room
from shared.mongo import Database
from shared.outbox.aggregates import OUTBOX_INDEX, Aggregates
from shared.outbox.relay import Relay
from shared.settings import Settings
from shared.testing.plans import Heard
from tests.unit.comms.builders import NOON, make_incident, make_letter, make_marked, user_changed
from tests.unit.comms.tickets.builders import make_ticket

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)


class Bus:
    async def publish_events(self, events: Sequence[tuple[str, bytes, str]]) -> None: ...


class Shelf:
    """The collections of a comms that does not run."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = database.clock
        self._relay = Relay(Bus(), database, database.clock)

    def aggregates(self, name: str) -> Aggregates:
        return Aggregates(self.database.collection(name), self._relay, self.clock)


@pytest.fixture
async def shelf(apart: Settings) -> AsyncIterator[Shelf]:
    database = Database(apart, "comms")
    await database.synchronise()
    for wanted in (
        letter_indexes(400),
        people_indexes(),
        ticket_indexes(),
        stakeholder_indexes(),
        war_room_indexes(),
        entry_indexes(GROUPS),
        entry_indexes(TEMPLATES),
    ):
        await database.ensure_indexes({name: [*models, OUTBOX_INDEX] for name, models in wanted.items()})
    yield Shelf(database)
    await database.drop()
    await database.close()


async def letters(shelf: Shelf) -> None:
    store = Letters(shelf.aggregates(LETTERS), shelf.clock)
    await store.post([make_letter(f"let-{n}", incident_id=f"INC-{n}", user_id=f"u{n}") for n in range(50)])
    await store.by_ids(["let-1"])
    for lane in Lane:
        await store.due(lane, datetime.now(UTC), 5)
    await store.of_incident("INC-1", LetterKind.NOTICE, 5)
    for filters in (Filters("INC-1"), Filters(user_id="u1"), *(Filters(state=state) for state in DeliveryState)):
        for kind in (None, LetterKind.NOTICE):
            await store.page(filters, kind, 5, None)
            await store.page(filters, kind, 5, (NOON, "let-1"))
    assert [one.id async for one in store.unfinished_of(["u1"])] == ["let-1"]
    await store.forget(["u1"])


async def groups(shelf: Shelf) -> None:
    store = Entries(shelf.aggregates(GROUPS), Group, shelf.clock, what="group")
    for name in ("board", "management", "press"):
        await store.create(name, Group(name=name.title(), members=[]))

    async def renamed(entry: Entry[Group]) -> Group:
        return entry.content.model_copy(update={"name": "Media"})

    await store.edit("press", None, renamed)
    await store.delete("board", None, lambda entry: None)
    assert [one.id for one in await store.page("", 5)] == ["management", "press"]
    assert [one.id for one in await store.page("management", 5)] == ["press"]
    assert [one.id for one in await store.named("Media")] == ["press"]


async def templates(shelf: Shelf) -> None:
    store = Entries(
        shelf.aggregates(TEMPLATES), Template, shelf.clock, what="template", versions=TEMPLATE_VERSIONS
    )  # fmt: skip
    await store.create("short", Template(name="Short", subject="s"))

    async def edited(entry: Entry[Template]) -> Template:
        return entry.content.model_copy(update={"subject": "t"})

    await store.edit("short", None, edited)
    assert (await store.find("short")).content.subject == "t"
    assert [one.id for one in await store.named("Short")] == ["short"]
    assert [one.id for one in await store.page("", 5)] == ["short"]


async def updates(shelf: Shelf) -> None:
    store = StakeholderUpdates(shelf.aggregates(STAKEHOLDER_UPDATES))
    for n in range(20):
        await store.add(
            StakeholderUpdate(
                id=f"upd_{n}",
                incident_id=f"INC-{n % 5}",
                template="default",
                by="sara",
                recipients=[Recipient(address="a@example.org", locale="en")],
                contents={"en": UpdateContent(subject="s", text="", html="")},
                at=NOON,
                due_at=NOON,
            )
        )
    assert len(await store.due(datetime.now(UTC), 30)) == 20
    assert len(await store.of_incident("INC-1", 9)) == await store.count("INC-1") == 4
    await store.of_incident("INC-1", 9, (NOON, "upd_6"))


async def rooms(shelf: Shelf) -> None:
    store = WarRooms(shelf.aggregates(WAR_ROOMS), shelf.aggregates(MARKED))
    for n in range(20):
        room = new_room(make_incident(f"INC-{n}"), "https://call.example.org", "sara", NOON, with_slack=True)
        await store.add(room)
        await store.commit(room, room.model_copy(update={"channel_id": f"C{n}"}))
        await store.mark(make_marked(id=f"C{n}/1.0", due_at=NOON))
    assert set(await store.of_incidents(["INC-1"])) == {"INC-1"}
    found = await store.of_channel("C7")
    assert found is not None
    assert len(await store.due(datetime.now(UTC), 30)) == len(await store.due_marks(datetime.now(UTC), 30)) == 20


async def tickets(shelf: Shelf) -> None:
    store = Tickets(shelf.aggregates(TICKETS), shelf.clock)
    made = make_ticket()
    changes = {f"act_{n}": {"key": f"OPS-{n}", "due_at": NOON, "check_at": NOON} for n in range(20)}
    await store.commit((None, made.model_copy(update={"id": key, **change}), ()) for key, change in changes.items())
    await store.by_ids(["act_1"])
    assert len(await store.of_key([made.place_id], "OPS-3")) == 1
    assert len(await store.due(datetime.now(UTC), 30)) == len(await store.to_check(datetime.now(UTC), 30)) == 20
    for sync in (None, *Sync):
        first = await store.page(sync, 15, None)
        rest = await store.page(sync, 15, (first[-1].updated_at, first[-1].id)) if first else []
        assert len({one.id for one in (*first, *rest)}) == (20 if sync in (None, made.sync) else 0)


async def people(shelf: Shelf) -> None:
    store = People(shelf.database)
    await store.fold([user_changed(f"u{n}") for n in range(20)])
    await store.of_slack("USARA")
    await store.readers(["u1"])


@pytest.mark.parametrize(
    "ask", [letters, groups, templates, updates, rooms, tickets, people], ids=lambda ask: str(ask.__name__)
)
async def test_no_question_reads_a_whole_collection(shelf: Shelf, ask: Callable[[Shelf], Awaitable[None]]) -> None:
    HEARD.asked.clear()
    HEARD.database = shelf.database.name
    await ask(shelf)
    assert HEARD.asked
    assert await HEARD.scans(shelf.database) == []
