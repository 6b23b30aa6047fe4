"""Every door out of the house, tried for a drill's incident, for an imported one and then for a real one.

A door is a way by which somebody outside, or another system, hears of an incident. The real one goes last and by the
same door: once it is out, what was kept inside would be out too. What a door shows is read where it arrives: in the
mail server, in Jira, in Slack, on the public page.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from services.comms.app import build
from services.oncall.app import build as build_oncall
from shared.events import make
from shared.events.actions import ActionReminder, ReminderKind
from shared.events.command import RoleAssigned
from shared.events.incidents import RoleHolder
from shared.runtime import Runtime
from shared.testing.due import look_for_due
from shared.testing.harness import PLAIN, Harness, eventually
from shared.testing.mail_sink import MailSink
from shared.testing.peers.jira import EMAIL, PROJECT, JiraServer
from shared.testing.peers.jira import TOKEN as JIRA_TOKEN
from shared.testing.peers.slack import SIGNING_SECRET, TOKEN, SlackServer
from tests.unit.comms.builders import NOON, incident_told, make_incident, user_changed
from tests.unit.comms.tickets.builders import action_told, make_action

pytestmark = pytest.mark.integration

CEO, READER = "ceo@example.org", "reader@example.org"
KEPT: dict[str, dict[str, Any]] = {"a drill": {"drill_id": "drill-1"}, "an import": {"imported": True}}


@dataclass(frozen=True)
class Told:
    """An incident that the house knows of; its word is its title and its service."""

    id: str
    word: str
    marks: dict[str, Any]

    @property
    def action(self) -> dict[str, Any]:
        """The marks of its action items."""
        return {"drill": "drill_id" in self.marks, "imported": "imported" in self.marks}


class House:
    """Comms, and everything that is outside of it."""

    def __init__(self, harness: Harness, comms: Runtime, mails: MailSink, slack: SlackServer, jira: JiraServer) -> None:
        self.harness = harness
        self.comms = comms
        self.mails = mails
        self.slack = slack
        self.jira = jira
        self.api = harness.client(comms)
        self.public = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{comms.port}", timeout=30, trust_env=False, verify=PLAIN
        )

    async def tell(self, id: str, word: str, marks: dict[str, Any], sequence: int = 1) -> Told:
        """An incident of the service `word` is told of; Sara speaks for it."""
        speaks = [RoleHolder(role="communications", user_id="sara")]
        fact = make_incident(id, service_id=word, roles=speaks, escalation_policy_id="p")
        await self.harness.publish(incident_told(fact.model_copy(update={"title": word, **marks}), sequence))

        facts = self.comms.database.collection("incidents")
        await eventually(lambda: facts.find_one({"_id": id, "seq": {"$gte": sequence}}))
        return Told(id, word, marks)

    async def post(self, path: str, body: Any) -> int:
        """The status of the answer."""
        return (await self.api.post(path, json=body)).status_code

    async def read(self, path: str) -> str:
        """What anybody reads there."""
        return (await self.public.get(path)).text


@pytest.fixture
def mails() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
def jira() -> Iterator[JiraServer]:
    with JiraServer() as server:
        yield server


@pytest.fixture
async def house(harness: Harness, mails: MailSink, slack: SlackServer, jira: JiraServer) -> AsyncIterator[House]:
    update = {
        "smtp_url": mails.url,
        "mail_from": "tocsin@example.org",
        "slack_api_url": slack.url,
        "slack_token": TOKEN,
        "slack_signing_secret": SIGNING_SECRET,
        "outbound_allow": ["127.0.0.0/8"],
    }
    harness.settings = harness.settings.model_copy(update=update)
    one = House(harness, await harness.start("comms", build), mails, slack, jira)
    await harness.publish(user_changed())
    components = [{"id": name, "name": name, "service_ids": [name]} for name in ("inside", "outside")]
    assert await one.post("/status-pages", {"slug": "acme", "name": "Acme", "components": components}) == 201
    project = {"base_url": jira.url, "email": EMAIL, "api_token": JIRA_TOKEN, "project_key": PROJECT}
    assert await one.post("/integrations/jira", project) == 201
    yield one
    await one.public.aclose()


Try = Callable[[House, Told], Awaitable[int | None]]
Shows = Callable[[House], Awaitable[str]]


@dataclass(frozen=True)
class Door:
    """How it is tried (the answer's status, if it answers), what it shows outside, and of what it is shut."""

    tried: Try
    shows: Shows
    opens: Callable[[House], Awaitable[None]] | None = None
    """What has to be there first."""
    shut: tuple[str, ...] = ("a drill", "an import")


def mailed_to(address: str) -> Shows:
    async def shows(house: House) -> str:
        return "".join(f"{mail.subject}\n{mail.text()}\n{mail.html()}" for mail in house.mails.to(address))

    return shows


def public(*paths: str) -> Shows:
    async def shows(house: House) -> str:
        return "".join([await house.read(f"/status/acme{path}") for path in paths])

    return shows


def with_key(path: str) -> Shows:
    async def shows(house: House) -> str:
        return (await house.api.get(path)).text

    return shows


async def in_jira(house: House) -> str:
    return json.dumps(house.jira.bodies, ensure_ascii=False)


async def in_slack(house: House) -> str:
    return json.dumps(house.slack.calls, ensure_ascii=False)


async def notify(house: House, told: Told) -> int:
    return await house.post(f"/incidents/{told.id}/stakeholders/notify", {"to": [CEO]})


async def remind_of_stakeholders(house: House, told: Told) -> None:
    """Stakeholders heard of it before it was marked so, and nothing since."""
    await house.tell(told.id, "before", {}, 2)
    assert await notify(house, told) == 202
    await house.tell(told.id, told.word, told.marks, 3)
    updates = house.comms.database.collection("stakeholder_updates")
    watched = {"phase": "watching", "incident_id": told.id}
    await eventually(lambda: updates.find_one(watched))
    await updates.update_one(watched, {"$set": {"due_at": NOON}})
    look_for_due(house.comms)


async def remind_of_an_action(house: House, told: Told) -> None:
    action = make_action(id=told.id, title=told.word, incident_id=told.id, **told.action)
    reminder = ActionReminder(action=action, kind=ReminderKind.OVERDUE, at=NOON)
    await house.harness.publish(make("action.reminded.v1", subject=action.id, sequence=1, time=NOON, data=reminder))


async def assign_a_role(house: House, told: Told) -> None:
    fact = RoleAssigned(
        incident_id=told.id, title=told.word, role="scribe", role_name="Scribe", user_id="sara", by="x", at=NOON,
        **told.marks,
    )  # fmt: skip
    await house.harness.publish(make("role.assigned.v1", subject=told.id, sequence=1, time=NOON, data=fact))


async def publish(house: House, told: Told) -> int:
    component = {"id": told.word, "status": "major_outage"}
    body = {"page": "acme", "incident_id": told.id, "status": "investigating", "message": f"About {told.id}."}
    return await house.post("/status-pages/updates", body | {"title": told.id, "components": [component]})


async def ask_only(house: House, told: Told) -> None:
    """It is enough that there is an incident."""


async def make_a_ticket(house: House, told: Told) -> None:
    action = make_action(id=told.id, title=told.word, incident_id=told.id, **told.action)
    await house.harness.publish(action_told(action))


async def open_a_room(house: House, told: Told) -> int:
    return await house.post(f"/incidents/{told.id}/war-room", {})


async def page(house: House, told: Told) -> None:
    fact = make_incident(told.id, service_id=told.word, escalation_policy_id="p")
    fact = fact.model_copy(update={"title": told.word, **told.marks})
    await house.harness.publish(incident_told(fact, 2, "incident.opened.v1"))


async def with_a_reader(house: House) -> None:
    await house.public.post("/status/acme/subscribers", data={"email": READER})
    asking = (await eventually(lambda: house.mails.to(READER)))[0]
    link = re.search(r"/status/acme/confirm/[\w.-]+", asking.text())
    assert link is not None
    assert (await house.public.post(link[0])).status_code == 200


async def with_people_on_call(house: House) -> None:
    api = house.harness.client(await house.harness.start("oncall", build_oncall))
    mail = {"id": "mail", "channel": "email", "address": "kenji@example.org"}
    rule = {"urgency": "high", "after_seconds": 0, "contact_method_id": "mail"}
    kenji = {"id": "kenji", "name": "Kenji", "email": "kenji@example.org", "contact_methods": [mail]}
    steps = [{"targets": [{"type": "user", "id": "kenji"}], "timeout_seconds": 300}]
    for path, body in (
        ("/users", kenji | {"notification_rules": [rule]}),
        ("/escalation-policies", {"id": "p", "name": "p", "steps": steps}),
    ):
        assert (await api.post(path, json=body)).status_code == 201


DOORS = {
    "a mail to stakeholders": Door(notify, mailed_to(CEO)),
    "a reminder to inform stakeholders": Door(remind_of_stakeholders, mailed_to("sara@example.org")),
    "a reminder of an action item": Door(remind_of_an_action, mailed_to("sara@example.org")),
    "a letter about a role": Door(assign_a_role, mailed_to("sara@example.org"), shut=("an import",)),
    "an update of the status page": Door(publish, public("", "/history")),
    "the status page's feeds": Door(publish, public("/feed.atom", "/feed.rss")),
    "Statuspage's JSON": Door(publish, public("/api/v2/summary.json", "/api/v2/incidents.json")),
    "a mail to subscribers": Door(publish, mailed_to(READER), with_a_reader),
    "a suggestion for the status page": Door(ask_only, with_key("/status-pages/acme/suggestions")),
    "a check of the status page": Door(ask_only, with_key("/status-pages/acme/checks")),
    "a ticket in Jira": Door(make_a_ticket, in_jira),
    "a war room": Door(open_a_room, in_slack, shut=("an import",)),
    "a page": Door(page, mailed_to("kenji@example.org"), with_people_on_call, shut=("an import",)),
}


@pytest.mark.parametrize(
    "door, kept",
    [
        pytest.param(door, kept, id=f"{name} of {kept}")
        for name, door in DOORS.items()
        for kept in door.shut
    ],
)  # fmt: skip
async def test_nothing_of_a_drill_or_an_import_leaves_the_house(house: House, door: Door, kept: str) -> None:
    if door.opens is not None:
        await door.opens(house)
    inside = await house.tell("INC-20261121-0077", "inside", KEPT[kept])
    assert await door.tried(house, inside) in (None, 409)
    real = await house.tell("INC-20261121-0088", "outside", {})
    assert await door.tried(house, real) in (None, 201, 202)
    shown = await eventually(lambda: door.shows(house), until=lambda text: real.id.lower() in text.lower())
    assert inside.id.lower() not in shown.lower()


async def test_what_a_drill_has_people_told_says_that_it_is_one(house: House) -> None:
    await with_people_on_call(house)
    drill = await house.tell("INC-20261121-0077", "inside", KEPT["a drill"])
    await page(house, drill)
    await assign_a_role(house, drill)
    assert await open_a_room(house, drill) == 201
    paged = await eventually(lambda: house.mails.to("kenji@example.org"))
    assigned = await eventually(lambda: house.mails.to("sara@example.org"))
    assert all("[DRILL]" in mail.subject for mail in [*paged, *assigned])
    (room,) = await eventually(lambda: list(house.slack.rooms.made.values()))
    assert room.name == "drill-inc-20261121-0077"
    await eventually(lambda: room.topic, until=lambda topic: topic.startswith("DRILL"))
    assert all(message.members["text"].startswith("*DRILL*") for message in house.slack.to(room.id))
