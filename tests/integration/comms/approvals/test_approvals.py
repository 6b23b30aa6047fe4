"""Approvals that are asked for in Slack and by mail, on real parts: with automation behind, whose rules decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx2
import pytest

from services.automation.app import build as build_automation
from services.automation.people.store import People as ApprovingPeople
from services.comms.app import build
from services.comms.people.store.people import People
from services.comms.slack.requests import APPROVE, REJECT
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.automation import ApprovalFact, ApprovalOutcome, ExecutionFact, ExecutionState, WaitingFact
from shared.events.oncall import ContactMethod, TeamFact
from shared.runtime import Runtime
from shared.testing.harness import PLAIN, Harness, eventually
from shared.testing.mail_sink import MailSink
from shared.testing.peers.slack import SIGNING_SECRET, TOKEN, SlackMessage, SlackServer, Trouble
from shared.testing.response_examples import execution
from shared.vocabulary import Channel, Role
from tests.unit.automation.builders import make_incident, step
from tests.unit.comms.builders import user_changed

pytestmark = pytest.mark.integration

ACTIONS = "/integrations/slack/actions"
PEOPLE = ("sara", "kenji", "mina")


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
def mails() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture
async def comms(harness: Harness, slack: SlackServer, mails: MailSink) -> Runtime:
    harness.settings = harness.settings.model_copy(
        update={
            "slack_api_url": slack.url,
            "slack_token": TOKEN,
            "slack_signing_secret": SIGNING_SECRET,
            "smtp_url": mails.url,
            "mail_from": "t@example.org",
            "outbound_allow": ["127.0.0.0/8"],
        }
    )
    runtime = await harness.start("comms", build)
    await harness.publish(*(person(name) for name in PEOPLE))
    await eventually(partial(People(runtime).known, PEOPLE), until=lambda found: len(found) == len(PEOPLE))
    return runtime


def person(name: str, sequence: int = 1, **changes: Any) -> Event:
    methods = [ContactMethod(id="s", channel=Channel.SLACK, address=f"U{name.upper()}")]
    return user_changed(name, sequence, **({"contact_methods": methods} | changes))


async def press(runtime: Runtime, slack: SlackServer, message: SlackMessage, action: str, user: str) -> None:
    headers, body = slack.press(message, action, user)
    url = f"http://127.0.0.1:{runtime.port}"
    async with httpx2.AsyncClient(base_url=url, trust_env=False, verify=PLAIN, timeout=10) as slacks_own:
        answer = await slacks_own.post(ACTIONS, content=body, headers=headers)
    assert answer.status_code == 200, answer.text


def waiting(approvers: list[str], **changes: Any) -> ExecutionFact:
    """An execution that waits from now on."""
    until = datetime.now(UTC) + timedelta(seconds=changes.pop("seconds", 600))
    asks = WaitingFact(n=2, name="Clean", needs_approval=True, asks="May it?", until=until, approvers=approvers)
    fields = {"dry_run": False, "drill_id": None, "started_by": "sara", "waiting": asks} | changes
    return execution(ExecutionState.WAITING).changed(**fields)


def told(fact: ExecutionFact) -> Event:
    return make("execution.waiting.v1", subject=fact.id, sequence=2, time=datetime.now(UTC), data=fact)


def settled(fact: ExecutionFact, outcome: ApprovalOutcome, **changes: Any) -> Event:
    assert fact.waiting is not None
    now = datetime.now(UTC)
    data = ApprovalFact(
        execution_id=fact.id,
        incident_id=fact.incident_id,
        runbook_name=fact.runbook_name,
        n=fact.waiting.n,
        step_name=fact.waiting.name,
        until=fact.waiting.until,
        outcome=outcome,
        user_id="kenji",
        by="kenji",
        at=now,
    ).changed(**changes)
    return make("approval.settled.v1", subject=fact.id, sequence=3, time=now, data=data)


def _says(message: SlackMessage, words: str) -> bool:
    return words in message.text


async def first_to(slack: SlackServer, user: str) -> SlackMessage:
    return (await eventually(lambda: slack.to(user)))[0]


async def test_each_approver_gets_a_message_and_a_letter_once_and_the_room_a_message(
    harness: Harness, comms: Runtime, slack: SlackServer, mails: MailSink
) -> None:
    await comms.database.collection("war_rooms").insert_one(
        {
            "_id": "INC-20261121-0001", "incident_id": "INC-20261121-0001", "by": "sara", "name": "i", "state": "open",
            "channel_id": "CROOM", "call_url": "https://x", "created_at": datetime.now(UTC), "version": 1,
        }
    )  # fmt: skip
    fact = waiting(["kenji", "mina"], incident_id="INC-20261121-0001")
    await harness.publish(told(fact), told(fact))
    for user in ("UKENJI", "UMINA", "CROOM"):
        message = await first_to(slack, user)
        assert message.button(APPROVE) is not None
    await eventually(lambda: mails.to("kenji@example.org") and mails.to("mina@example.org"))
    (mail,) = mails.to("kenji@example.org")
    assert "/approvals/" in mail.text()
    assert "May it?" in mail.text()
    await harness.publish(settled(fact, ApprovalOutcome.REJECTED))
    for user in ("UKENJI", "UMINA", "CROOM"):
        (message,) = slack.to(user)
        await eventually(partial(_says, message, "Rejected by Kenji"))
        assert message.button(APPROVE) is None
    assert len(mails.to("kenji@example.org")) == 1
    assert mails.to("sara@example.org") == []


async def test_a_waiting_that_was_over_before_it_was_heard_of_asks_nobody(
    harness: Harness, comms: Runtime, slack: SlackServer, mails: MailSink
) -> None:
    over, still = waiting(["kenji"], id="exe-over"), waiting(["mina"], id="exe-still")
    late = waiting(["kenji"], id="exe-late", seconds=-5)
    await harness.publish(settled(over, ApprovalOutcome.EXPIRED))
    await eventually(lambda: comms.database.collection("approval_requests").count_documents({}))
    await harness.publish(told(over), told(late), told(still))
    await first_to(slack, "UMINA")
    await eventually(lambda: mails.to("mina@example.org"))
    assert slack.to("UKENJI") == []
    assert mails.to("kenji@example.org") == []


async def test_slack_in_trouble_is_asked_again_and_one_refusal_keeps_nobody_else_from_it(
    harness: Harness, comms: Runtime, slack: SlackServer
) -> None:
    slack.trouble("UKENJI", Trouble("user_not_found"))
    slack.trouble("DMINA", Trouble("internal_error", times=[None]))
    await harness.publish(told(waiting(["kenji", "mina"])))
    assert (await first_to(slack, "UMINA")).button(REJECT) is not None
    assert slack.to("UKENJI") == []


async def test_who_is_nobody_here_hears_that_and_nothing_is_told(
    harness: Harness, comms: Runtime, slack: SlackServer
) -> None:
    await harness.publish(told(waiting(["kenji"])))
    message = await first_to(slack, "UKENJI")
    await press(comms, slack, message, APPROVE, "USTRANGER")
    await eventually(lambda: slack.whispers)
    assert "Slack id" in slack.whispers[0]["text"]
    assert [one for one in harness.events if one.type == "approval.given.v1"] == []


class Waiting:
    """Comms and automation, and an execution that Sara started and that waits for somebody else."""

    def __init__(self, harness: Harness, automation: Runtime, comms: Runtime, slack: SlackServer) -> None:
        self.harness, self.automation, self.comms, self.slack = harness, automation, comms, slack
        self.id = ""

    @property
    def sara(self) -> httpx2.AsyncClient:
        return self.harness.client(self.automation, Identity(key_id="k", name="k", role=Role.RESPONDER, user_id="sara"))

    async def begin(self) -> SlackMessage:
        """Start it; the message that Kenji gets."""
        api = self.harness.client(self.automation)
        body = {"name": "Clean up", "steps": [step("approval", question="May it?"), step("wait", timeout_seconds=0)]}
        runbook = (await api.post("/runbooks", json=body)).json()["id"]
        incident = make_incident(team="payments")
        await self.harness.publish(
            make("incident.opened.v1", subject=incident.id, sequence=1, time=datetime.now(UTC), data=incident)
        )
        answer = await self.sara.post(f"/incidents/{incident.id}/run-action", json={"runbook_id": runbook})
        assert answer.status_code == 202, answer.text
        self.id = answer.json()["id"]
        return await first_to(self.slack, "UKENJI")

    async def read(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.sara.get(f"/executions/{self.id}")).json()
        return found

    async def until(self, state: str) -> dict[str, Any]:
        return await eventually(self.read, until=lambda one: one["state"] == state)

    async def press(self, message: SlackMessage, action: str, user: str) -> None:
        await press(self.comms, self.slack, message, action, user)

    async def whisper(self, number: int = 1) -> str:
        """What somebody was told only."""
        said = await eventually(lambda: self.slack.whispers, until=lambda found: len(found) >= number)
        return str(said[number - 1]["text"])


@pytest.fixture
async def both(harness: Harness, comms: Runtime, slack: SlackServer) -> Waiting:
    automation = await harness.start("automation", build_automation)
    team = TeamFact(id="payments", name="Payments", members=["sara", "kenji"])
    await harness.publish(
        *(person(name) for name in PEOPLE),
        make("team.changed.v1", subject=team.id, sequence=1, time=datetime.now(UTC), data=team),
    )
    people = ApprovingPeople(automation)
    await eventually(partial(people.roles, PEOPLE), until=lambda found: len(found) == len(PEOPLE))
    await eventually(partial(people.members_of, ["payments"]))
    return Waiting(harness, automation, comms, slack)


async def test_the_button_approves_in_the_name_of_who_pressed_it(both: Waiting) -> None:
    message = await both.begin()
    await both.press(message, APPROVE, "UKENJI")
    ended = await both.until("succeeded")
    assert ended["steps"][0]["approved_by"]["user_id"] == "kenji"
    await eventually(lambda: "Approved by Kenji" in message.text)
    assert message.button(APPROVE) is None


async def test_pressing_twice_decides_once_and_the_second_press_is_told_so(both: Waiting) -> None:
    message = await both.begin()
    before = SlackMessage(message.channel, message.ts, dict(message.members), message.at)
    await both.press(before, REJECT, "UKENJI")
    await both.until("failed")
    await eventually(lambda: "Rejected by Kenji" in message.text)
    await both.press(before, APPROVE, "UKENJI")
    assert "decided already" in await both.whisper()
    assert (await both.read())["reason"] == "rejected"


async def test_who_started_it_is_refused_with_the_reason(both: Waiting) -> None:
    message = await both.begin()
    await both.press(message, APPROVE, "USARA")
    assert "started this yourself" in await both.whisper()
    assert (await both.read())["state"] == "waiting"
    assert message.button(APPROVE) is not None
    await both.press(message, APPROVE, "UMINA")
    assert "another team" in await both.whisper(2)
    assert (await both.read())["state"] == "waiting"


async def test_a_role_that_was_taken_away_meanwhile_answers_no_more(both: Waiting) -> None:
    message = await both.begin()
    await both.harness.publish(person("kenji", 2, role=Role.VIEWER))
    people = ApprovingPeople(both.automation)
    await eventually(partial(people.roles, ["kenji"]), until=lambda found: found.get("kenji") is Role.VIEWER)
    await both.press(message, APPROVE, "UKENJI")
    assert "role does not allow it" in await both.whisper()
    assert (await both.read())["state"] == "waiting"


async def test_an_answer_over_http_takes_the_buttons_away(both: Waiting) -> None:
    message = await both.begin()
    kenji = Identity(key_id="kk", name="kk", role=Role.RESPONDER, user_id="kenji")
    answer = await both.harness.client(both.automation, kenji).post(f"/executions/{both.id}/approve")
    assert answer.status_code == 200, answer.text
    await eventually(lambda: "Approved by Kenji" in message.text)


async def test_nothing_in_the_database_is_where_slack_takes_a_word(both: Waiting) -> None:
    message = await both.begin()
    await both.press(message, APPROVE, "USARA")
    await both.whisper()
    found = await both.comms.database.collection("approval_requests").find({}).to_list()
    assert "respond" not in str(found)
    assert "UKENJI" not in str(found)
