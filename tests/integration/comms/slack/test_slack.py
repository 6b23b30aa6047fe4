"""Comms and Slack: presses that Slack tells of, and messages that say what became of their incident."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from services.comms.app import build
from services.comms.people.store.people import People
from services.comms.slack.requests import ACKNOWLEDGE, OPEN, RESOLVE
from services.incident.app import build as build_incident
from shared.events import Event, make
from shared.events.oncall import ContactMethod, UserFact
from shared.runtime import Runtime
from shared.testing.harness import PLAIN, Harness, eventually
from shared.testing.peers.slack import SIGNING_SECRET, TOKEN, SlackMessage, SlackServer, Trouble, sign_request
from shared.vocabulary import Channel, IncidentStatus
from tests.unit.comms.builders import incident_told, make_incident, make_page, page_requested, user_erased

pytestmark = pytest.mark.integration

ACTIONS = "/integrations/slack/actions"


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
async def stage(harness: Harness, slack: SlackServer) -> Harness:
    """The API's address needs no entry on the allow-list of outgoing webhooks: it is the operator's."""
    harness.settings = harness.settings.model_copy(
        update={"slack_api_url": slack.url, "slack_token": TOKEN, "slack_signing_secret": SIGNING_SECRET}
    )
    return harness


def stranger(runtime: Runtime) -> httpx2.AsyncClient:
    """Slack has no key and no identity."""
    return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{runtime.port}", trust_env=False, verify=PLAIN, timeout=10)


async def paged(
    stage: Harness, slack: SlackServer, address: str = "USARA", page_id: str = "p1", **changes: Any
) -> SlackMessage:
    page = make_page(page_id, channel=Channel.SLACK, address=address, requested_at=datetime.now(UTC), **changes)
    await stage.publish(page_requested(page))
    return (await eventually(lambda: slack.to(address)))[-1]


def answers(stage: Harness) -> list[Event]:
    return [event for event in stage.events if event.type == "answer.given.v1"]


async def test_a_press_is_told_as_the_answer_of_the_person_who_was_paged(stage: Harness, slack: SlackServer) -> None:
    runtime = await stage.start("comms", build)
    message = await paged(stage, slack, generation=2)
    headers, body = slack.press(message, ACKNOWLEDGE, "USARA")
    async with stranger(runtime) as client:
        pressed = await client.post(ACTIONS, content=body, headers=headers)
        again = await client.post(ACTIONS, content=body, headers=headers)
    assert (pressed.status_code, pressed.content, again.status_code) == (200, b"", 200)
    await eventually(lambda: len(answers(stage)) == 2)
    first, second = answers(stage)
    fact = first.data.model_dump(exclude={"at", "paged_at"})
    assert (first.data.at - first.data.paged_at).total_seconds() < 60  # type: ignore[attr-defined]
    assert fact == {
        "incident_id": "INC-20261121-0001",
        "page_id": "p1",
        "generation": 2,
        "action": "acknowledge",
        "via": "slack",
        "user_id": "sara",
        "by": "sara",
    }
    assert (first.id, first.correlationid) == (second.id, pressed.headers["x-request-id"])


async def test_whoever_presses_in_a_channel_is_named_as_slack_calls_them(stage: Harness, slack: SlackServer) -> None:
    runtime = await stage.start("comms", build)
    headers, body = slack.press(await paged(stage, slack, "COPS"), RESOLVE, "UKENJI")
    async with stranger(runtime) as client:
        assert (await client.post(ACTIONS, content=body, headers=headers)).status_code == 200
    told = await stage.event("answer.given.v1")
    assert (told.data.user_id, told.data.by, told.data.action) == (None, "slack:UKENJI", "resolve")  # type: ignore[attr-defined]


def user_told(user_id: str, *addresses: str, sequence: int = 1, channel: Channel = Channel.SLACK) -> Event:
    methods = [
        ContactMethod(id=f"m{number}", channel=channel, address=address) for number, address in enumerate(addresses)
    ]
    fact = UserFact(id=user_id, name=user_id.title(), email=f"{user_id}@example.org", contact_methods=methods)
    return make("user.changed.v1", subject=user_id, sequence=sequence, time=datetime.now(UTC), data=fact)


async def test_whoever_presses_in_a_channel_is_known_by_their_own_slack_id(stage: Harness, slack: SlackServer) -> None:
    runtime = await stage.start("comms", build)
    people = People(runtime)
    await stage.publish(
        user_told("kenji", "COPS", "UKENJI"),
        user_told("mona", "UMONA", channel=Channel.WEBHOOK),
        *(user_told(f"twin-{number}", "UTWIN") for number in range(2)),
        user_told("last", "ULAST"),
    )
    await eventually(lambda: people.of_slack("ULAST"))
    message = await paged(stage, slack, "COPS")
    async with stranger(runtime) as client:
        for presser in ("UKENJI", "UMONA", "UTWIN"):
            headers, body = slack.press(message, ACKNOWLEDGE, presser)
            assert (await client.post(ACTIONS, content=body, headers=headers)).status_code == 200
    await eventually(lambda: len(answers(stage)) == 3)
    assert {event.data.by for event in answers(stage)} == {"kenji", "slack:UMONA", "slack:UTWIN"}  # type: ignore[attr-defined]
    await stage.publish(user_erased("kenji"), user_told("kenji", "UKENJI", sequence=3))

    async def traces() -> str:
        return str(await runtime.database.collection("people").find({"_id": "kenji"}).to_list())

    left = await eventually(traces, until=lambda found: "UKENJI" not in found)
    assert "example.org" not in left
    assert "COPS" not in left


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"x-slack-signature": "v0=" + "0" * 64}, id="another signature"),
        pytest.param({"x-slack-signature": "v0=é"}, id="no signature"),
        pytest.param({"x-slack-request-timestamp": str(int(time.time()) - 10)}, id="another time"),
        pytest.param({"x-slack-request-timestamp": "9" * 30}, id="no time"),
        pytest.param({"x-slack-signature": None}, id="unsigned"),
    ],
)
async def test_what_is_not_signed_by_slack_does_nothing(
    stage: Harness, slack: SlackServer, change: dict[str, str | None]
) -> None:
    runtime = await stage.start("comms", build)
    given, body = slack.press(await paged(stage, slack), ACKNOWLEDGE, "USARA")
    headers = [
        (name.encode(), value.encode("latin-1")) for name, value in (given | change).items() if value is not None
    ]
    async with stranger(runtime) as client:
        for path in (ACTIONS, "/integrations/slack/events"):
            answer = await client.post(path, content=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "unverified")
    assert not answers(stage)


async def test_what_slack_said_long_ago_is_not_believed_again(stage: Harness, slack: SlackServer) -> None:
    runtime = await stage.start("comms", build)
    headers, body = slack.press(await paged(stage, slack), ACKNOWLEDGE, "USARA", at=time.time() - 301)
    async with stranger(runtime) as client:
        answer = await client.post(ACTIONS, content=body, headers=headers)
    assert (answer.status_code, "five minutes" in answer.json()["detail"]) == (401, True)


@pytest.mark.parametrize(
    "body, pointer",
    [
        pytest.param(b"", "/payload", id="nothing"),
        pytest.param(urlencode({"payload": "{"}).encode(), "/payload", id="half a payload"),
        pytest.param(urlencode({"payload": "[]"}).encode(), "/payload", id="a list"),
        pytest.param(urlencode({"payload": "[" * 5000}).encode(), "/payload", id="absurdly deep"),
        pytest.param(
            urlencode({"payload": '{"type": "block_actions"}'}).encode(), "/payload/actions", id="without actions"
        ),
        pytest.param(
            urlencode({"payload": json.dumps({"type": "block_actions", "actions": [{"action_id": RESOLVE}]})}).encode(),
            "/payload/user/id",
            id="pressed by nobody",
        ),
        pytest.param(
            urlencode(
                {
                    "payload": json.dumps(
                        {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": RESOLVE, "value": 7}]}
                    )
                }
            ).encode(),
            "/payload/actions/0/value",
            id="a button that carries no text",
        ),
    ],
)
async def test_what_slack_would_never_say_is_400_with_a_pointer(stage: Harness, body: bytes, pointer: str) -> None:
    runtime = await stage.start("comms", build)
    headers, _ = sign_request(body)
    async with stranger(runtime) as client:
        answer = await client.post(ACTIONS, content=body, headers=headers)
    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (400, [pointer])


async def test_other_interactions_and_events_are_taken_and_mean_nothing(stage: Harness, slack: SlackServer) -> None:
    runtime = await stage.start("comms", build)
    opened = slack.press(await paged(stage, slack), OPEN, "USARA")
    shortcut = sign_request(urlencode({"payload": '{"type": "shortcut"}'}).encode())
    async with stranger(runtime) as client:
        for headers, body in (opened, shortcut):
            assert (await client.post(ACTIONS, content=body, headers=headers)).status_code == 200
        for body, expected in (
            (b'{"type": "url_verification", "challenge": "3eZbrw1a"}', {"challenge": "3eZbrw1a"}),
            (b'{"type": "event_callback", "event": {}}', {}),
        ):
            headers, _ = sign_request(body)
            answer = await client.post("/integrations/slack/events", content=body, headers=headers)
            assert (answer.status_code, answer.json()) == (200, expected)
    assert not answers(stage)


async def test_a_button_that_is_not_ours_any_more_is_told_to_whoever_pressed_it(
    stage: Harness, slack: SlackServer
) -> None:
    stage.settings = stage.settings.model_copy(update={"outbound_allow": ["127.0.0.0/8"]})
    runtime = await stage.start("comms", build)
    message = await paged(stage, slack, "USARA")
    message.members["blocks"][-2]["elements"][0]["value"] += "x"
    headers, body = slack.press(message, ACKNOWLEDGE, "USARA")
    async with stranger(runtime) as client:
        assert (await client.post(ACTIONS, content=body, headers=headers)).status_code == 200
    (whisper,) = await eventually(lambda: slack.whispers)
    assert whisper["response_type"] == "ephemeral"
    assert "not one of ours" in whisper["text"]
    assert not answers(stage)


async def test_messages_say_who_answered_wherever_that_was(stage: Harness, slack: SlackServer) -> None:
    await stage.start("comms", build)
    mine, ours = await paged(stage, slack), await paged(stage, slack, "COPS", "p2", user_id="kenji", name="Kenji")
    await stage.event("page.delivered.v1", lambda event: event.subject == "p2")
    fact = make_incident(status=IncidentStatus.ACKNOWLEDGED, answered=1, acknowledged_by="sara")
    await stage.publish(incident_told(fact, 2, "incident.acknowledged.v1"))
    await eventually(lambda: mine.updates and ours.updates)
    assert "Acknowledged by Sara" in mine.text
    assert "Acknowledged by sara" in ours.text
    assert (mine.button(ACKNOWLEDGE), mine.button(RESOLVE) is None) == (None, False)
    over = make_incident(status=IncidentStatus.RESOLVED, answered=1, acknowledged_by="sara", resolved_by="auto")
    await stage.publish(incident_told(over, 3, "incident.resolved.v1"))
    await eventually(lambda: len(mine.updates) == len(ours.updates) == 2)
    assert mine.button(RESOLVE) is None
    assert '"*Resolved*"' in mine.text


async def test_a_message_that_could_not_be_changed_is_changed_later(stage: Harness, slack: SlackServer) -> None:
    await stage.start("comms", build)
    message = await paged(stage, slack)
    await stage.event("page.delivered.v1")
    slack.trouble("DSARA", Trouble("ratelimited", 429, {"retry-after": "1"}, times=[None, None]))
    await stage.publish(incident_told(make_incident(status=IncidentStatus.RESOLVED, resolved_by="sara"), 2))
    await eventually(lambda: message.updates, seconds=8)


async def test_a_press_acknowledges_the_incident_and_then_the_message_says_so(
    stage: Harness, slack: SlackServer
) -> None:
    incidents = stage.client(await stage.start("incident", build_incident))
    runtime = await stage.start("comms", build)
    made = (await incidents.post("/incidents", json={"title": "error rate is high"})).json()
    message = await paged(stage, slack, incident_id=made["id"])
    async with stranger(runtime) as client:
        for action, status in ((ACKNOWLEDGE, "acknowledged"), (RESOLVE, "resolved")):
            headers, body = slack.press(message, action, "USARA")
            assert (await client.post(ACTIONS, content=body, headers=headers)).status_code == 200

            async def stands(status: str = status) -> bool:
                found = (await incidents.get(f"/incidents/{made['id']}")).json()
                return bool(found["status"] == status) and f"{status.title()} by Sara" in message.text

            await eventually(stands)
    lines = (await incidents.get(f"/incidents/{made['id']}/timeline")).json()["items"]
    moves = [(line["author"], line["text"]) for line in lines if line["kind"] == "status"]
    assert moves == [("sara", "status triggered → acknowledged"), ("sara", "status acknowledged → resolved")]


@pytest.mark.parametrize("hops", [1, 3])
@pytest.mark.parametrize("action, status", [(ACKNOWLEDGE, "acknowledged"), (RESOLVE, "resolved")])
async def test_a_press_on_the_message_of_a_merged_incident_is_about_the_survivor(
    stage: Harness, slack: SlackServer, hops: int, action: str, status: str
) -> None:
    incidents = stage.client(await stage.start("incident", build_incident))
    runtime = await stage.start("comms", build)
    keys = [(await incidents.post("/incidents", json={"title": f"trouble {n}"})).json()["id"] for n in range(hops + 1)]
    first = await paged(stage, slack, page_id="p1", incident_id=keys[0])
    for gone, into in pairwise(keys):
        assert (await incidents.post(f"/incidents/{gone}/merge", json={"into": into})).status_code == 200
    await eventually(lambda: f"Merged into {keys[-1]}" in first.text)
    async with stranger(runtime) as client:
        headers, body = slack.press(first, action, "USARA")
        assert (await client.post(ACTIONS, content=body, headers=headers)).status_code == 200

    async def stands() -> bool:
        return bool((await incidents.get(f"/incidents/{keys[-1]}")).json()["status"] == status)

    await eventually(stands)
    await eventually(lambda: f"Merged into {keys[-1]}. {status.title()} by Sara" in first.text)
    assert first.button(ACKNOWLEDGE) is None
    assert {(await incidents.get(f"/incidents/{key}")).json()["status"] for key in keys[:-1]} == {"closed"}


async def test_a_button_that_was_not_brought_up_to_date_follows_the_merge_too(
    stage: Harness, slack: SlackServer
) -> None:
    incidents = stage.client(await stage.start("incident", build_incident))
    runtime = await stage.start("comms", build)
    gone, into = [(await incidents.post("/incidents", json={"title": f"trouble {n}"})).json()["id"] for n in range(2)]
    message = await paged(stage, slack, incident_id=gone)
    headers, body = slack.press(message, ACKNOWLEDGE, "USARA")
    assert (await incidents.post(f"/incidents/{gone}/merge", json={"into": into})).status_code == 200
    async with stranger(runtime) as client:
        assert (await client.post(ACTIONS, content=body, headers=headers)).status_code == 200

    async def taken() -> bool:
        found = (await incidents.get(f"/incidents/{into}")).json()
        return (found["status"], found["acknowledged_by"], found["assignees"]) == ("acknowledged", "sara", ["sara"])

    await eventually(taken)
