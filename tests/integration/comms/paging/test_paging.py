"""Comms on a real broker and database: pages asked for on the bus arrive at real servers on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.comms.app import build
from services.comms.channels.messages.webhook import signing_secret
from services.comms.delivery.delivery_state import DeliveryState, Reason
from services.comms.incident_copies.store import IncidentCopies
from services.comms.paging.store.deliveries import Deliveries
from shared.callers.identity import Identity
from shared.events import make
from shared.events.oncall import PageFact, PageState, TeamFact
from shared.runtime import Runtime
from shared.secrecy.signed_links import read_ack_token
from shared.testing.harness import Harness, eventually
from shared.testing.mail_sink import MailSink
from shared.testing.webhook_sink import Answer, WebhookSink, verify
from shared.vocabulary import Channel, IncidentStatus, Role
from tests.unit.comms.builders import incident_told, make_incident, make_page, page_requested, user_erased

pytestmark = pytest.mark.integration

VIEWER = Identity(key_id="viewer", name="viewer", role=Role.VIEWER)


@pytest.fixture
def hooks() -> Iterator[WebhookSink]:
    with WebhookSink() as sink:
        yield sink


@pytest.fixture
def mails() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture
async def stage(harness: Harness, mails: MailSink) -> Harness:
    """The harness with settings that may reach loopback."""
    harness.settings = harness.settings.model_copy(
        update={"outbound_allow": ["127.0.0.0/8"], "smtp_url": mails.url, "mail_from": "Tocsin <tocsin@example.org>"}
    )
    return harness


def now() -> datetime:
    return datetime.now(UTC)


def hook_page(hooks: WebhookSink, inbox: str = "sara", page_id: str = "p1", **changes: object) -> PageFact:
    return make_page(page_id, address=hooks.url(inbox), requested_at=now(), **changes)


def deliveries_of(runtime: Runtime) -> Deliveries:
    return Deliveries(runtime)


async def state_of(runtime: Runtime, page_id: str) -> DeliveryState | None:
    found = await deliveries_of(runtime).by_ids([page_id])
    return found[page_id].state if page_id in found else None


async def test_a_page_by_webhook_arrives_signed_and_is_told_as_delivered(stage: Harness, hooks: WebhookSink) -> None:
    runtime = await stage.start("comms", build)
    page = hook_page(hooks)
    await stage.publish(page_requested(page, correlation="request-7"))
    told = await stage.event("page.delivered.v1")
    (post,) = hooks.to("sara")
    verify(post, signing_secret(stage.settings.secret_key, "sara", "hook"))
    body = post.json()
    assert post.headers["webhook-id"] == body["page_id"] == "p1"
    claim = read_ack_token(stage.settings.secret_key, body["ack_url"].rpartition("/a/")[2], now())
    assert (claim.incident_id, claim.generation, claim.user_id, claim.page_id) == (
        page.incident.id,
        1,
        "sara",
        "p1",
    )
    assert (told.subject, told.data.state, told.correlationid) == ("p1", PageState.DELIVERED, "request-7")  # type: ignore[attr-defined]
    await eventually(lambda: state_of(runtime, "p1"), until=lambda state: state is DeliveryState.DELIVERED)


async def test_a_page_by_mail_arrives_in_the_readers_language_and_zone(stage: Harness, mails: MailSink) -> None:
    await stage.start("comms", build)
    page = make_page(
        "p1", channel=Channel.EMAIL, address="sara@example.org", locale="fa", time_zone="Asia/Tehran", name="سارا"
    )
    await stage.publish(page_requested(page.model_copy(update={"requested_at": now()})))
    await stage.event("page.delivered.v1")
    (mail,) = mails.to("sara@example.org")
    assert "/a/" in mail.text()
    assert 'dir="rtl"' in mail.html()
    assert "Asia/Tehran" in mail.text()
    assert mail.message["Message-ID"] == "<p1@example.org>"


async def test_the_same_request_again_sends_nothing_again(stage: Harness, hooks: WebhookSink) -> None:
    await stage.start("comms", build)
    page = hook_page(hooks)
    for _ in range(3):
        await stage.publish(page_requested(page))
        await stage.event("page.delivered.v1")
    other = hook_page(hooks, "kenji", "p2")
    await stage.publish(page_requested(page), page_requested(page), page_requested(other))
    await stage.event("page.delivered.v1", lambda event: event.subject == "p2")
    assert len(hooks.attempts("sara")) == 1


async def test_a_permanent_refusal_is_told_at_once_as_permanent(stage: Harness, hooks: WebhookSink) -> None:
    await stage.start("comms", build)
    hooks.answer("sara", Answer(410))
    await stage.publish(page_requested(hook_page(hooks)))
    told = await stage.event("page.failed.v1")
    assert (told.data.permanent, told.data.attempts, told.data.state) == (True, 1, PageState.FAILED)  # type: ignore[attr-defined]
    await asyncio.sleep(1)
    assert len(hooks.attempts("sara")) == 1


@pytest.mark.parametrize(
    "page",
    [
        pytest.param({"channel": Channel.SMS, "address": "+4930123"}, id="a channel that does not exist yet"),
        pytest.param({"channel": Channel.SLACK, "address": "USARA"}, id="a channel without its settings"),
        pytest.param({"address": "ftp://example.org"}, id="no web address"),
        pytest.param({"address": "http://10.0.0.1/"}, id="a private address"),
        pytest.param({"channel": Channel.EMAIL, "address": "nobody"}, id="no mail address"),
    ],
)
async def test_what_can_never_be_sent_fails_permanently(stage: Harness, page: dict[str, object]) -> None:
    await stage.start("comms", build)
    await stage.publish(page_requested(make_page("p1", **page).model_copy(update={"requested_at": now()})))
    told = await stage.event("page.failed.v1", seconds=10)
    assert told.data.permanent  # type: ignore[attr-defined]


async def test_a_first_failure_is_told_and_the_page_is_tried_until_it_arrives(
    stage: Harness, hooks: WebhookSink
) -> None:
    await stage.start("comms", build)
    hooks.answer("sara", Answer(503, times=3))
    await stage.publish(page_requested(hook_page(hooks)))
    delivered = await stage.event("page.delivered.v1", seconds=20)
    failures = [event for event in stage.events if event.type == "page.failed.v1"]
    assert [(event.data.permanent, event.data.attempts) for event in failures] == [(False, 1)]  # type: ignore[attr-defined]
    assert delivered.data.attempts == 4  # type: ignore[attr-defined]
    assert len({post.headers["webhook-id"] for post in hooks.attempts("sara")}) == 1


async def test_an_acknowledged_incident_cancels_what_waits(stage: Harness, hooks: WebhookSink) -> None:
    runtime = await stage.start("comms", build)
    hooks.answer("sara", Answer(503))
    pages = [hook_page(hooks, page_id=f"p{number}") for number in range(40)]
    await stage.publish(*(page_requested(page) for page in pages))
    await stage.event("page.failed.v1")
    await stage.publish(
        incident_told(
            make_incident(status=IncidentStatus.ACKNOWLEDGED, answered=1), sequence=2, name="incident.acknowledged.v1"
        )
    )

    async def states() -> set[DeliveryState]:
        return {
            delivery.state for delivery in (await deliveries_of(runtime).by_ids([p.page_id for p in pages])).values()
        }

    await eventually(states, until=lambda found: found == {DeliveryState.CANCELLED}, seconds=20)
    attempts = len(hooks.attempts("sara"))
    await asyncio.sleep(4)
    assert len(hooks.attempts("sara")) == attempts
    cancelled = [event for event in stage.events if event.data.model_dump().get("state") == PageState.CANCELLED]
    assert {event.subject for event in cancelled} == {page.page_id for page in pages}


async def test_a_page_of_an_incident_that_was_answered_before_is_never_sent(stage: Harness, hooks: WebhookSink) -> None:
    runtime = await stage.start("comms", build)
    await stage.publish(incident_told(make_incident(answered=1), sequence=2))
    incidents = IncidentCopies(runtime)
    await eventually(lambda: incidents.standings(["INC-20261121-0001"]))
    await stage.publish(page_requested(hook_page(hooks)))
    told = await stage.event("page.failed.v1")
    assert (told.data.state, told.data.permanent) == (PageState.CANCELLED, False)  # type: ignore[attr-defined]
    assert not hooks.attempts("sara")
    found = await deliveries_of(runtime).by_ids(["p1"])
    assert found["p1"].reason is Reason.ANSWERED


async def test_what_a_killed_process_held_is_sent_by_its_next_self_under_the_same_id(
    stage: Harness, hooks: WebhookSink
) -> None:
    first = await stage.start("comms", build)
    hooks.answer("sara", Answer(delay_seconds=30, times=2))
    await stage.publish(*(page_requested(hook_page(hooks, page_id=f"p{number}")) for number in range(2)))
    await eventually(lambda: len(hooks.attempts("sara")) == 2)
    await stage.kill(first)
    await stage.start("comms", build)
    await stage.event("page.delivered.v1", lambda event: event.subject == "p0", seconds=10)
    await stage.event("page.delivered.v1", lambda event: event.subject == "p1", seconds=10)
    assert sorted(post.headers["webhook-id"] for post in hooks.attempts("sara")) == ["p0", "p0", "p1", "p1"]


async def test_what_a_killed_process_held_is_taken_over_by_another_replica(stage: Harness, hooks: WebhookSink) -> None:
    hooks.answer("sara", Answer(delay_seconds=30, times=1))
    first = await stage.start("comms", build, instance="comms")
    await stage.publish(page_requested(hook_page(hooks)))
    await eventually(lambda: len(hooks.attempts("sara")) == 1)
    await stage.start("comms", build, instance="comms.2")
    await stage.kill(first)
    await stage.event("page.delivered.v1", seconds=12)
    assert [post.headers["webhook-id"] for post in hooks.attempts("sara")] == ["p1", "p1"]


async def test_a_stopping_process_leaves_nothing_in_its_hands(stage: Harness, hooks: WebhookSink) -> None:
    runtime = await stage.start("comms", build)
    hooks.answer("sara", Answer(503))
    await stage.publish(*(page_requested(hook_page(hooks, page_id=f"p{number}")) for number in range(60)))
    await stage.event("page.failed.v1")
    await stage.stop(runtime)
    hooks.answer("sara", Answer())
    await stage.start("comms", build, instance="comms.2")
    await eventually(lambda: len(hooks.to("sara")) == 60, seconds=30)


async def test_an_open_circuit_tells_on_call_and_is_probed_until_the_destination_is_back(
    stage: Harness, hooks: WebhookSink
) -> None:
    await stage.start("comms", build)
    hooks.answer("sara", Answer(503))
    pages = [hook_page(hooks, page_id=f"p{number:02}") for number in range(100)]
    await stage.publish(*(page_requested(page) for page in pages))
    await eventually(
        lambda: {event.subject for event in stage.events if event.type == "page.failed.v1"},
        until=lambda told: told == {page.page_id for page in pages},
        seconds=8,
    )
    await asyncio.sleep(4)
    assert len(hooks.attempts("sara")) < 100
    hooks.answer("sara", Answer())
    await eventually(lambda: len(hooks.to("sara")) == 100, seconds=15)


async def test_an_erased_person_is_forgotten_in_every_delivery(stage: Harness, hooks: WebhookSink) -> None:
    runtime = await stage.start("comms", build)
    await stage.publish(page_requested(hook_page(hooks)))
    await stage.event("page.delivered.v1")
    await stage.publish(user_erased())

    async def forgotten() -> bool:
        document = await runtime.database.collection("deliveries").find_one({"_id": "p1"})
        return document is not None and "Sara" not in str(document) and hooks.url("sara") not in str(document)

    await eventually(forgotten)
    await stage.publish(page_requested(hook_page(hooks, page_id="p2")))
    told = await stage.event("page.failed.v1")
    assert (told.subject, told.data.state) == ("p2", PageState.CANCELLED)  # type: ignore[attr-defined]
    assert len(hooks.attempts("sara")) == 1


async def test_the_api_lists_deliveries_page_by_page_and_masks_addresses(stage: Harness, hooks: WebhookSink) -> None:
    runtime = await stage.start("comms", build)
    for number in range(5):
        await stage.publish(page_requested(hook_page(hooks, page_id=f"p{number}")))
    await eventually(lambda: sum(event.type == "page.delivered.v1" for event in stage.events) == 5)
    viewer, admin = stage.client(runtime, VIEWER), stage.client(runtime)
    first = (await viewer.get("/deliveries", params={"limit": 3, "incident_id": "INC-20261121-0001"})).json()
    second = (await viewer.get("/deliveries", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [item["page_id"] for item in first["items"] + second["items"]] == ["p4", "p3", "p2", "p1", "p0"]
    assert second["next_cursor"] is None
    assert first["items"][0]["address"] == "http://127.0.0.1/…"
    assert (await admin.get("/deliveries/p1")).json()["address"] == hooks.url("sara")
    assert (await admin.get("/deliveries", params={"state": "failed"})).json()["items"] == []
    assert (await viewer.get("/deliveries/none")).status_code == 404
    assert (await viewer.get("/deliveries", params={"state": "odd"})).status_code == 422
    assert {item["id"] for item in (await viewer.get("/channels")).json()["items"]} == {"email", "slack", "webhook"}
    secret = {"user_id": "sara", "method_id": "hook"}
    assert (await viewer.get("/contact-methods/webhook-secret", params=secret)).status_code == 403
    answer = await admin.get("/contact-methods/webhook-secret", params=secret)
    assert answer.json()["secret"] == signing_secret(stage.settings.secret_key, "sara", "hook")


async def test_a_teams_admin_gets_the_signing_secrets_of_its_people_only(stage: Harness) -> None:
    runtime = await stage.start("comms", build)
    now = datetime.now(UTC)
    teams = {"payments": ["sara"], "search": ["kenji", "sara"], "gone": ["mina"]}
    for sequence, (key, members) in enumerate(teams.items(), 1):
        fact = TeamFact(id=key, name=key, members=members, deleted=key == "gone")
        await stage.publish(make("team.changed.v1", subject=key, sequence=sequence, time=now, data=fact))

    async def status(user_id: str, *teams: str) -> int:
        admin = stage.client(runtime, Identity(key_id="a", name="a", role=Role.ADMIN, teams=teams))
        asked = {"user_id": user_id, "method_id": "hook"}
        return (await admin.get("/contact-methods/webhook-secret", params=asked)).status_code

    await eventually(lambda: status("sara", "search"), until=lambda code: code == 200)
    assert await status("sara", "payments", "gone") == 200
    assert [await status("kenji", "payments"), await status("mina", "gone"), await status("nobody", "search")] == [
        403
    ] * 3
    assert await status("mina") == 200
