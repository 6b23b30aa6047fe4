"""War rooms on real parts and a Slack on loopback: made once, kept current, archived; marked messages are told once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx2
import pytest

from services.comms.app import build
from services.comms.delivery.outcome import SEND_SECONDS
from services.comms.slack.client import ANSWER_LIMIT_BYTES
from services.comms.war_rooms.api import CHANNEL_SECONDS
from shared.callers.identity import Identity
from shared.events.incidents import RoleHolder
from shared.events.oncall import ContactMethod
from shared.runtime import Runtime
from shared.testing.due import look_for_due
from shared.testing.harness import PLAIN, Harness, eventually
from shared.testing.peers.slack import SIGNING_SECRET, TOKEN, SlackServer, Trouble
from shared.testing.peers.slack_rooms import SlackRoom
from shared.vocabulary import Channel, IncidentStatus, Role
from tests.integration.counting import counted
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


async def until_pinned(slack: SlackServer, *, seconds: float = 15) -> SlackRoom:
    """The newest channel once its summary is pinned."""
    rooms = await eventually(
        lambda: [room for room in slack.rooms.made.values() if room.pinned and not room.is_archived], seconds=seconds
    )
    return rooms[-1]


def _is_counted(outcome: str, times: float) -> bool:
    return counted("tocsin_war_rooms_total", outcome=outcome) == times


async def test_a_room_is_made_once_kept_current_and_archived_on_close(stage: Harness, slack: SlackServer) -> None:
    fields: dict[str, Any] = {"roles": [RoleHolder(role="commander", user_id="sara")]}
    before = {one: counted("tocsin_war_rooms_total", outcome=one) for one in ("made", "archived")}
    runtime = await started(stage, **fields)
    api = stage.client(runtime, RESPONDER)
    first, second = await asyncio.gather(opened(api, 200, 201), opened(api, 200, 201))
    again = await opened(api, 200)
    assert first["call"] == second["call"] == again["call"]
    assert again["call"]["url"].startswith("https://meet.jit.si/tocsin-inc-20261121-0001-")
    assert (again["channel"]["name"], len(slack.rooms.made)) == (NAME, 1)
    room = slack.rooms.made[again["channel"]["id"]]
    await eventually(lambda: room.invited == ["USARA"] and room.pinned and "critical" in room.topic)
    noted = await stage.event("communication.noted.v1")
    assert noted.data.by == "kenji"  # type: ignore[attr-defined]
    changed = make_incident(status=IncidentStatus.RESOLVED, **fields)
    await stage.publish(incident_told(changed, 2))
    await eventually(lambda: "resolved" in room.topic and "resolved" in slack.to(room.id)[0].text)
    assert not room.is_archived
    await stage.publish(incident_told(make_incident(status=IncidentStatus.CLOSED, **fields), 3))
    await eventually(lambda: room.is_archived)
    assert len(slack.to(room.id)) == 1
    for outcome, was in before.items():
        await eventually(partial(_is_counted, outcome, was + 1))


async def test_a_channel_that_a_dead_process_made_is_found_by_its_name(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    made = slack.rooms.carry_out("conversations.create", {"name": NAME})["channel"]["id"]
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
    failed = counted("tocsin_war_rooms_total", outcome="failed")
    runtime = await started(stage)
    slack.trouble(NAME, Trouble("missing_scope"))
    shown = await opened(stage.client(runtime, RESPONDER))
    assert (shown["channel"], shown["state"]) == (None, "failed")
    assert "missing_scope" in shown["detail"]
    assert counted("tocsin_war_rooms_total", outcome="failed") == failed + 1


async def test_what_can_not_be_written_ends_the_room_and_leaves_the_call(stage: Harness, slack: SlackServer) -> None:
    """A token that no header can hold is our own trouble, and no retry would change it."""
    stage.settings = stage.settings.model_copy(update={"slack_token": "xoxb-tökén–of–nobody"})
    runtime = await started(stage)
    api = stage.client(runtime, RESPONDER)
    await opened(api)

    async def shown() -> Any:
        return (await api.get(PATH)).json()

    ended = await eventually(shown, until=lambda room: room["state"] == "failed", seconds=15)
    assert "the header authorization holds letters that can't be sent" in ended["detail"]
    assert ended["call"]["url"]
    rooms = runtime.database.collection("war_rooms").find({"due_at": {"$exists": True}})
    assert await rooms.to_list() == []


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
    said = slack.say(shown["channel"]["id"], "USARA", "db-1 &gt; db-2: پایگاه داده 🔥")
    other = slack.say(shown["channel"]["id"], "USARA", "lunch?")
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{runtime.port}", trust_env=False, verify=PLAIN
    ) as slack_itself:
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


async def test_a_slow_slack_does_not_hold_the_answer_up(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    slack.delay_seconds = CHANNEL_SECONDS + 1
    began = time.monotonic()
    shown = await opened(stage.client(runtime, RESPONDER))
    assert (shown["channel"], shown["state"]) == (None, "making")
    assert time.monotonic() - began < CHANNEL_SECONDS + 2
    slack.delay_seconds = 0.0
    await until_pinned(slack)
    assert len(slack.rooms.made) == 1


async def test_a_slack_that_never_answers_is_asked_again(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    slack.delay_seconds = SEND_SECONDS + 5
    api = stage.client(runtime, RESPONDER)
    await opened(api)

    async def detail() -> str:
        return str((await api.get(PATH)).json()["detail"])

    await eventually(detail, seconds=SEND_SECONDS + 5)
    slack.delay_seconds = 0.0
    await until_pinned(slack, seconds=20)


async def test_an_answer_without_end_is_not_read_to_its_end(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    slack.trouble(NAME, Trouble("x" * (ANSWER_LIMIT_BYTES + 1), times=[None]))
    shown = await opened(stage.client(runtime, RESPONDER))
    assert (shown["state"], len(shown["detail"]) < 500) == ("making", True)
    await until_pinned(slack)


async def test_slacks_wish_to_wait_is_kept(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    slack.trouble("C00000001", Trouble("ratelimited", 429, {"retry-after": "2"}, [None]))
    await opened(stage.client(runtime, RESPONDER))
    asked = time.monotonic()
    await until_pinned(slack)
    assert time.monotonic() - asked > 1.8
    assert len(slack.to("C00000001")) == 1


async def test_people_and_incidents_may_be_called_as_they_like(stage: Harness, slack: SlackServer) -> None:
    title = "پرداخت‌ها کند است 🔥 <!channel> 決済" * 12
    runtime = await stage.start("comms", build)
    fact = make_incident(roles=[RoleHolder(role="commander", user_id="sara")]).model_copy(update={"title": title})
    await stage.publish(user_changed("sara", name="سارا 🚒 <b>"), incident_told(fact, 1))
    await opened(stage.client(runtime, RESPONDER))
    room = await until_pinned(slack)
    (message,) = slack.to(room.id)
    await eventually(lambda: "سارا 🚒 &lt;b&gt;" in message.members["text"])
    assert "پرداخت‌ها کند است 🔥 &lt;!channel&gt; 決済" in message.members["text"]
    assert "پرداخت‌ها" in room.topic


async def test_a_name_that_an_archived_channel_keeps_is_given_a_number(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    for name in (NAME, f"{NAME}-2"):
        old = slack.rooms.carry_out("conversations.create", {"name": name})["channel"]["id"]
        slack.rooms.carry_out("conversations.archive", {"channel": old})
    shown = await opened(stage.client(runtime, RESPONDER))
    assert shown["channel"]["name"] == f"{NAME}-3"
    await until_pinned(slack)
    assert [room.is_archived for room in slack.rooms.made.values()] == [True, True, False]


async def test_a_summary_that_a_dead_process_posted_is_not_posted_again(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    await opened(stage.client(runtime, RESPONDER))
    room = await until_pinned(slack)
    slack.say(room.id, "USARA", "I am on it")
    rooms = runtime.database.collection("war_rooms")
    lost = {"$set": {"due_at": datetime.now(UTC), "shown": ""}, "$unset": {"summary_ts": ""}, "$inc": {"version": 1}}
    await rooms.update_one({}, lost)
    look_for_due(runtime)
    await eventually(lambda: rooms.find_one({"summary_ts": {"$gt": ""}, "due_at": None}))
    assert [message.members["user"] for message in slack.to(room.id) if "user" in message.members] == ["USARA"]
    assert len(slack.to(room.id)) == 2


async def test_news_that_come_while_the_channel_is_made_are_shown(stage: Harness, slack: SlackServer) -> None:
    runtime = await started(stage)
    slack.delay_seconds = 0.5
    opening = asyncio.create_task(opened(stage.client(runtime, RESPONDER)))
    await eventually(lambda: slack.rooms.made)
    for number in range(2, 6):
        await stage.publish(incident_told(make_incident(status=IncidentStatus.IDENTIFIED), number))
    await opening
    slack.delay_seconds = 0.0
    (room,) = slack.rooms.made.values()
    await eventually(lambda: "identified" in room.topic)
    assert len(slack.to(room.id)) == 1
