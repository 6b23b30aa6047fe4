"""War rooms on real parts and a Slack on loopback: made once, kept current, archived; marked messages are told once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from services.comms.app import build
from shared.events.incidents import RoleHolder
from shared.events.oncall import ContactMethod
from shared.identity import Identity
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.testing.slack import SIGNING_SECRET, TOKEN, SlackServer, Trouble
from shared.vocabulary import Channel, IncidentStatus, Role
from tests.unit.comms.builders import incident_told, make_incident, user_changed

pytestmark = pytest.mark.integration

PATH = "/incidents/INC-20261121-0001/war-room"
NAME = "inc-20261121-0001"
RESPONDER = Identity(key_id="r", name="kenji", role=Role.RESPONDER, user_id="kenji")
VIEWER = Identity(key_id="v", name="viewer", role=Role.VIEWER)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
async def stage(harness: Harness, slack: SlackServer) -> Harness:
    harness.settings = harness.settings.model_copy(
        update={"slack_api_url": slack.url, "slack_token": TOKEN, "slack_signing_secret": SIGNING_SECRET}
    )
    return harness


def sara() -> Any:
    return user_changed("sara", contact_methods=[ContactMethod(id="s", channel=Channel.SLACK, address="USARA")])


async def opened(api: httpx2.AsyncClient, *statuses: int) -> Any:
    answer = await api.post(PATH)
    assert answer.status_code in (statuses or (201,)), answer.text
    return answer.json()


async def started(stage: Harness, **fields: Any) -> Runtime:
    runtime = await stage.start("comms", build)
    await stage.publish(sara(), incident_told(make_incident(**fields), 1))
    return runtime


async def test_a_room_is_made_once_kept_current_and_archived_on_close(stage: Harness, slack: SlackServer) -> None:
    fields: dict[str, Any] = {"roles": [RoleHolder(role="commander", user_id="sara")]}
    runtime = await started(stage, **fields)
    api = stage.client(runtime, RESPONDER)
    first, second = await asyncio.gather(opened(api, 200, 201), opened(api, 200, 201))
    again = await opened(api, 200)
    assert first["call"] == second["call"] == again["call"]
    assert again["call"]["url"].startswith("https://meet.jit.si/tocsin-inc-20261121-0001-")
    assert (again["channel"]["name"], len(slack.rooms.made)) == (NAME, 1)
    room = slack.rooms.made[again["channel"]["id"]]
    await eventually(lambda: room.invited == ["USARA"] and room.pinned and "critical" in room.topic)
    (noted,) = [event for event in stage.events if event.type == "communication.noted.v1"]
    assert noted.data.by == "kenji"  # type: ignore[attr-defined]
    changed = make_incident(status=IncidentStatus.RESOLVED, **fields)
    await stage.publish(incident_told(changed, 2))
    await eventually(lambda: "resolved" in room.topic and "resolved" in slack.to(room.id)[0].text)
    assert not room.is_archived
    await stage.publish(incident_told(make_incident(status=IncidentStatus.CLOSED, **fields), 3))
    await eventually(lambda: room.is_archived)
    assert len(slack.to(room.id)) == 1


async def test_a_channel_that_a_dead_process_made_is_found_by_its_name(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    made = slack.rooms.carried_out("conversations.create", {"name": NAME})["channel"]["id"]
    shown = await opened(stage.client(runtime, RESPONDER))
    assert (shown["channel"]["id"], len(slack.rooms.made)) == (made, 1)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(Trouble("ratelimited", 429, {"retry-after": "1"}, [None] * 2), id="429"),
        pytest.param(Trouble("internal_error", 503, {}, [None] * 2), id="5xx"),
        pytest.param(Trouble("internal_error", 200, {}, [None] * 2), id="its own failure"),
    ],
)
async def test_the_call_is_there_at_once_and_the_channel_when_slack_can(
    stage: Harness, slack: SlackServer, trouble: Trouble
) -> None:
    runtime = await started(stage)
    slack.trouble(NAME, trouble)
    api = stage.client(runtime, RESPONDER)
    shown = await opened(api)
    assert (shown["channel"], shown["state"]) == (None, "making")
    assert shown["call"]["url"]

    async def channel() -> Any:
        return (await api.get(PATH)).json()["channel"]

    await eventually(channel, seconds=15)
    assert len(slack.rooms.made) == 1


async def test_what_slack_refuses_for_good_leaves_the_call(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    slack.trouble(NAME, Trouble("missing_scope"))
    shown = await opened(stage.client(runtime, RESPONDER))
    assert (shown["channel"], shown["state"]) == (None, "failed")
    assert "missing_scope" in shown["detail"]


async def test_without_slack_there_is_the_call_alone(harness: Harness) -> None:
    harness.settings = harness.settings.model_copy(update={"call_url": "https://calls.example.org"})
    runtime = await started(harness)
    shown = await opened(harness.client(runtime, RESPONDER))
    assert shown["channel"] is None
    assert shown["call"]["url"].startswith("https://calls.example.org/tocsin-")


async def test_who_may_open_a_room_and_of_what(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage, imported=True)
    assert (await stage.client(runtime, VIEWER).post(PATH)).status_code == 403
    assert (await stage.client(runtime, RESPONDER).post(PATH)).status_code == 409
    assert (await stage.client(runtime, VIEWER).get(PATH)).status_code == 404
    assert (await stage.client(runtime, RESPONDER).post("/incidents/INC-1/war-room")).status_code == 404
    assert not slack.rooms.made


async def test_a_message_that_people_mark_is_told_once_in_its_own_words(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    shown = await opened(stage.client(runtime, RESPONDER))
    said = slack.said(shown["channel"]["id"], "USARA", "db-1 &gt; db-2: پایگاه داده 🔥")
    other = slack.said(shown["channel"]["id"], "USARA", "lunch?")
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{runtime.port}", trust_env=False) as slack_itself:
        for message, emoji, user in (
            (other, "taco", "UKENJI"),
            (said, "pushpin", "UKENJI"),
            (said, "pushpin", "UMINA"),
            (said, "pushpin::skin-tone-2", "UKENJI"),
        ):
            headers, body = slack.react(message, emoji, user)
            assert (
                await slack_itself.post("/integrations/slack/events", content=body, headers=headers)
            ).status_code == 200
            assert (await slack_itself.post("/integrations/slack/events", content=body)).status_code == 401
    told = await stage.event("communication.noted.v1", lambda event: event.data.kind == "message")  # type: ignore[attr-defined]
    assert (told.data.text, told.data.by) == ("db-1 > db-2: پایگاه داده 🔥", "sara")  # type: ignore[attr-defined]
    await asyncio.sleep(1)
    assert len([one for one in stage.events if one.data.model_dump().get("kind") == "message"]) == 1
