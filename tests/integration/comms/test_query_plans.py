"""What comms asks of the collections beside deliveries and status pages: no question reads all of one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
from pymongo import monitoring

from services.comms.approvals.store import ApprovalRequests
from services.comms.delivery.delivery_state import DeliveryState
from services.comms.delivery.store import Filters
from services.comms.mail.message import Lane, LetterKind
from services.comms.mail.store.letters import Letters
from services.comms.people.store.people import People
from services.comms.stakeholders.mail import Template, UpdateContent
from services.comms.stakeholders.store.updates import StakeholderUpdates
from services.comms.stakeholders.update import Group, Recipient, StakeholderUpdate
from services.comms.stakeholders.wiring import GROUPS, TEMPLATE_VERSIONS, TEMPLATES
from services.comms.tickets.store.tickets import Tickets
from services.comms.tickets.ticket import Sync
from services.comms.war_rooms.store import WarRooms
from services.comms.war_rooms.war_room import new_room
from shared.kept.entries import Entries, Entry
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.plans import Heard
from tests.integration.idle import idle, make_indexes
from tests.unit.comms.approvals.test_approval_request import SARA, make_request
from tests.unit.comms.builders import NOON, make_incident, make_letter, make_marked, user_changed
from tests.unit.comms.tickets.builders import make_ticket

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)


@pytest.fixture
async def runtime(apart: Settings) -> AsyncIterator[Runtime]:
    async with idle("comms", apart) as one:
        yield one


async def letters(runtime: Runtime) -> None:
    store = Letters(runtime)
    await make_indexes(runtime)
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


async def groups(runtime: Runtime) -> None:
    store = Entries(runtime, GROUPS, Group, what="group")
    await make_indexes(runtime)
    for name in ("board", "management", "press"):
        await store.create(name, Group(name=name.title(), members=[]))

    async def renamed(entry: Entry[Group]) -> Group:
        return entry.content.model_copy(update={"name": "Media"})

    await store.edit("press", None, renamed)
    await store.delete("board", None, lambda entry: None)
    assert [one.id for one in await store.page("", 5)] == ["management", "press"]
    assert [one.id for one in await store.page("management", 5)] == ["press"]
    assert [one.id for one in await store.named("Media")] == ["press"]


async def templates(runtime: Runtime) -> None:
    store = Entries(runtime, TEMPLATES, Template, what="template", versions=TEMPLATE_VERSIONS)
    await make_indexes(runtime)
    await store.create("short", Template(name="Short", subject="s"))

    async def edited(entry: Entry[Template]) -> Template:
        return entry.content.model_copy(update={"subject": "t"})

    await store.edit("short", None, edited)
    assert (await store.find("short")).content.subject == "t"
    assert [one.id for one in await store.named("Short")] == ["short"]
    assert [one.id for one in await store.page("", 5)] == ["short"]


async def updates(runtime: Runtime) -> None:
    store = StakeholderUpdates(runtime)
    await make_indexes(runtime)
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


async def rooms(runtime: Runtime) -> None:
    store = WarRooms(runtime)
    await make_indexes(runtime)
    for n in range(20):
        room = new_room(make_incident(f"INC-{n}"), "https://call.example.org", "sara", NOON, with_slack=True)
        await store.add(room)
        await store.commit(room, room.model_copy(update={"channel_id": f"C{n}"}))
        await store.mark(make_marked(id=f"C{n}/1.0", due_at=NOON))
    assert set(await store.of_incidents(["INC-1"])) == {"INC-1"}
    found = await store.of_channel("C7")
    assert found is not None
    assert len(await store.due(datetime.now(UTC), 30)) == len(await store.due_marks(datetime.now(UTC), 30)) == 20


async def approvals(runtime: Runtime) -> None:
    store = ApprovalRequests(runtime)
    await make_indexes(runtime)
    for n in range(20):
        request = make_request(SARA).changed(id=f"apq_{n}")
        stored = await store.commit(None, request)
        assert stored is not None
        assert await store.commit(request, request) is None, "somebody was faster"
        await store.commit(stored, stored.changed(attempts=1))
    found = await store.find("apq_7")
    assert found is not None
    assert (found.version, found.messages) == (2, [SARA])
    assert len(await store.due(datetime.now(UTC), 30)) == 20


async def tickets(runtime: Runtime) -> None:
    store = Tickets(runtime)
    await make_indexes(runtime)
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


async def people(runtime: Runtime) -> None:
    store = People(runtime)
    await make_indexes(runtime)
    await store.fold([user_changed(f"u{n}") for n in range(20)])
    await store.of_slack("USARA")
    await store.readers(["u1"])


@pytest.mark.parametrize(
    "ask", [letters, groups, templates, updates, rooms, approvals, tickets, people], ids=lambda ask: str(ask.__name__)
)
async def test_no_question_reads_a_whole_collection(
    runtime: Runtime, ask: Callable[[Runtime], Awaitable[None]]
) -> None:
    HEARD.asked.clear()
    HEARD.database = runtime.database.name
    await ask(runtime)
    assert HEARD.asked
    assert await HEARD.scans(runtime.database) == []
