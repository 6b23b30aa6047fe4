"""The Slack workspace that an admin sets at run time: checked with Slack, sealed, and used by every process at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from services.comms.app import build
from shared.callers.identity import Identity
from shared.runtime import Runtime
from shared.secrecy.sealing import Seal
from shared.testing.harness import PLAIN, Harness, eventually
from shared.testing.peers.slack import SIGNING_SECRET, TOKEN, SlackServer, sign_request
from shared.vocabulary import Channel, Role
from tests.unit.comms.builders import incident_told, make_incident, make_page, page_requested

pytestmark = pytest.mark.integration

PATH = "/integrations/slack"
BODY = {"token": TOKEN, "signing_secret": SIGNING_SECRET}
OLD_SECRET = "the environment's secret"
PICKED_UP_SECONDS = 5


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
async def stage(harness: Harness, slack: SlackServer) -> Harness:
    """Nothing but the address of Slack is set by the environment."""
    harness.settings = harness.settings.model_copy(update={"slack_api_url": slack.url})
    return harness


async def set_up(stage: Harness, runtime: Runtime, status: int = 201, **body: Any) -> dict[str, Any]:
    answer = await stage.client(runtime).post(PATH, json=BODY | body)
    assert answer.status_code == status, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def believed(runtime: Runtime, secret: str) -> bool:
    """Whether a call that is signed with this secret is taken for Slack's."""
    headers, body = sign_request(json.dumps({"type": "url_verification", "challenge": "x"}).encode(), secret=secret)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{runtime.port}", trust_env=False, verify=PLAIN) as caller:
        return (await caller.post(f"{PATH}/events", content=body, headers=headers)).status_code == 200


async def test_pages_leave_by_the_token_that_was_set(stage: Harness, slack: SlackServer) -> None:
    runtime = await stage.start("comms", build)
    shown = await set_up(stage, runtime)
    assert (shown["token"], shown["signing_secret"], shown["team_id"]) == ("stored", "stored", "T1")
    page = make_page("p1", channel=Channel.SLACK, address="USARA", requested_at=datetime.now(UTC))
    await stage.publish(page_requested(page))
    await eventually(lambda: slack.to("USARA"))
    assert await believed(runtime, SIGNING_SECRET)


async def test_every_replica_uses_it_within_five_seconds(stage: Harness) -> None:
    here, there = await stage.start("comms", build), await stage.start("comms", build, instance="comms.2")
    assert not await believed(there, SIGNING_SECRET)
    await set_up(stage, here)
    await eventually(lambda: believed(there, SIGNING_SECRET), seconds=PICKED_UP_SECONDS)


async def test_a_process_that_starts_later_uses_it_from_its_start(stage: Harness) -> None:
    await set_up(stage, await stage.start("comms", build))
    assert await believed(await stage.start("comms", build, instance="comms.2"), SIGNING_SECRET)


async def test_a_war_room_that_had_to_do_without_slack_gets_its_channel(stage: Harness, slack: SlackServer) -> None:
    runtime = await stage.start("comms", build)
    await stage.publish(incident_told(make_incident(), 1))
    room = "/incidents/INC-20261121-0001/war-room"
    assert (await stage.client(runtime).post(room)).json()["channel"] is None
    await set_up(stage, runtime)
    again = await stage.client(runtime).post(room)
    assert (again.status_code, again.json()["channel"]["name"]) == (200, "inc-20261121-0001")


@pytest.mark.parametrize(
    "body, pointer",
    [
        pytest.param({"token": "xoxb-not-this-one"}, "/token", id="a token that Slack does not know"),
        pytest.param({"token": "ü"}, "/token", id="no token"),
        pytest.param({"signing_secret": "short"}, "/signing_secret", id="a secret that is none"),
        pytest.param({"api_url": "ftp://slack"}, "/api_url", id="no web address"),
        pytest.param({"api_url": "http://127.0.0.1:9/api"}, "/api_url", id="an address inside the house"),
    ],
)
async def test_what_slack_or_we_do_not_take_names_the_field_and_is_not_kept(
    stage: Harness, body: dict[str, Any], pointer: str
) -> None:
    runtime = await stage.start("comms", build)
    refused = await set_up(stage, runtime, 422, **body)
    assert [fault["pointer"] for fault in refused["errors"]] == [pointer]
    assert TOKEN not in json.dumps(refused)
    shown = (await stage.client(runtime).get(PATH)).json()
    assert (shown["token"], shown["signing_secret"], shown["version"]) == (None, None, 0)


async def test_an_address_of_its_own_is_used_where_it_is_allowed(harness: Harness, slack: SlackServer) -> None:
    harness.settings = harness.settings.model_copy(update={"outbound_allow": ["127.0.0.0/8"]})
    shown = await set_up(harness, await harness.start("comms", build), api_url=slack.url)
    assert shown["api_url"] == slack.url
    assert [method for method, _ in slack.calls] == ["auth.test"]


async def test_both_secrets_are_stored_sealed_and_shown_to_nobody(stage: Harness) -> None:
    runtime = await stage.start("comms", build)
    made = await set_up(stage, runtime)
    shown = (await stage.client(runtime).get(PATH)).text
    stored = str(await runtime.database.collection("slack_workspaces").find({}).to_list())
    for secret in (TOKEN, SIGNING_SECRET):
        assert secret not in json.dumps(made) + shown + stored


async def test_what_is_deleted_gives_way_to_the_environment(stage: Harness) -> None:
    stage.settings = stage.settings.model_copy(update={"slack_signing_secret": OLD_SECRET, "slack_token": TOKEN})
    runtime = await stage.start("comms", build)
    api = stage.client(runtime)
    made = await api.post(PATH, json=BODY)
    assert not await believed(runtime, OLD_SECRET)
    assert (await api.delete(PATH, headers={"If-Match": '"9"'})).status_code == 412
    assert (await api.delete(PATH, headers={"If-Match": made.headers["ETag"]})).status_code == 204
    assert await believed(runtime, OLD_SECRET)
    assert not await believed(runtime, SIGNING_SECRET)
    shown = (await api.get(PATH)).json()
    assert (shown["token"], shown["signing_secret"], shown["team_id"]) == ("environment", "environment", None)
    assert (await api.delete(PATH)).status_code == 404
    stored = await runtime.database.collection("slack_workspaces").find({}).to_list()
    assert [(one["sealed_token"], one["sealed_secret"]) for one in stored] == [("", "")]


async def test_it_is_set_anew_and_what_is_left_out_is_the_environments(stage: Harness) -> None:
    stage.settings = stage.settings.model_copy(update={"slack_signing_secret": OLD_SECRET})
    runtime = await stage.start("comms", build)
    await set_up(stage, runtime)
    shown = await set_up(stage, runtime, 200, signing_secret=None)
    assert (shown["token"], shown["signing_secret"]) == ("stored", "environment")
    assert await believed(runtime, OLD_SECRET)


async def test_what_was_sealed_under_another_key_is_said_and_the_environment_goes_on(stage: Harness) -> None:
    stage.settings = stage.settings.model_copy(update={"slack_signing_secret": OLD_SECRET})
    runtime = await stage.start("comms", build)
    await set_up(stage, runtime)
    other = Seal("k" * 64, "tocsin slack workspace").close(b"x")
    await runtime.database.collection("slack_workspaces").update_one(
        {}, {"$set": {"sealed_token": other, "sealed_secret": other}, "$inc": {"version": 1}}
    )
    shown = (await stage.client(runtime).get(PATH)).json()
    assert (shown["token"], shown["signing_secret"]) == ("unreadable", "unreadable")
    await eventually(lambda: believed(runtime, OLD_SECRET), seconds=PICKED_UP_SECONDS)


async def test_who_may_set_it(stage: Harness) -> None:
    runtime = await stage.start("comms", build)

    def client(role: Role, *teams: str) -> httpx2.AsyncClient:
        return stage.client(runtime, Identity(key_id="k", name="k", role=role, teams=teams))

    assert (await client(Role.MANAGER).post(PATH, json=BODY)).status_code == 403
    assert (await client(Role.ADMIN, "payments").post(PATH, json=BODY)).status_code == 403
    assert (await client(Role.MANAGER).delete(PATH)).status_code == 403
    assert (await client(Role.VIEWER).get(PATH)).status_code == 200
