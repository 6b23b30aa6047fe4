"""When a receiver fails: for good, for a while, or only slowly. The person is told all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shared.testing.webhook_sink import Answer, WebhookSink
from tests.scenarios.world import LATE_SECONDS, World


@pytest.fixture
def flaky() -> Iterator[WebhookSink]:
    """A receiver of the test's own: what happens to it must not touch the others' circuit."""
    with WebhookSink() as sink:
        yield sink


@pytest.mark.parametrize("status", [pytest.param(404, id="gone"), pytest.param(503, id="broken for now")])
async def test_a_webhook_that_fails_gives_way_to_the_next_method_at_once(
    world: World, flaky: WebhookSink, status: int
) -> None:
    engineer = await world.engineer("sara", ("webhook", "email"), after={"email": 600}, hooks=flaky)
    flaky.answer(engineer.id, Answer(status))
    service = await world.service(await world.policy((engineer, 300)))
    sent = datetime.now(UTC).timestamp()
    await world.fire(service)
    mail = await engineer.mailed()
    assert mail.at - sent < LATE_SECONDS
    assert len(flaky.attempts(engineer.id)) == 1 or status == 503
    incident = await world.incident(service)
    ended = {("webhook", "failed"), ("email", "delivered")}
    await world.until_pages(incident["id"], lambda pages: {(page["channel"], page["state"]) for page in pages} == ended)


async def test_a_mailbox_that_does_not_exist_gives_way_to_the_webhook(world: World) -> None:
    engineer = await world.engineer("sara", ("email", "webhook"), after={"webhook": 600})
    world.mail.refuse(engineer.address)
    service = await world.service(await world.policy((engineer, 300)))
    await world.fire(service)
    await engineer.paged()


async def test_a_webhook_that_fails_for_a_moment_is_tried_again_with_the_same_id(
    world: World, flaky: WebhookSink
) -> None:
    engineer = await world.engineer("sara", ("webhook",), hooks=flaky)
    flaky.answer(engineer.id, Answer(503, times=2))
    service = await world.service(await world.policy((engineer, 300)))
    await world.fire(service)
    await engineer.paged(seconds=20)
    attempts = flaky.attempts(engineer.id)
    assert [post.answered for post in attempts] == [503, 503, 200]
    assert len({post.headers["webhook-id"] for post in attempts}) == 1


async def test_a_slow_receiver_does_not_hold_anybody_else_back(world: World, flaky: WebhookSink) -> None:
    slow = await world.engineer("slow", ("webhook",), hooks=flaky)
    flaky.answer(slow.id, Answer(delay_seconds=5))
    engineer = await world.engineer("sara", ("webhook",))
    slow_service = await world.service(await world.policy((slow, 300)), "slow")
    steps = [{"targets": [{"type": "user", "id": engineer.id}], "timeout_seconds": 300}]
    made = await world.post("/escalation-policies", {"name": world.named("other"), "steps": steps})
    service = await world.service(made["id"], "other")
    await world.fire(slow_service, "disk")
    await slow.paged()
    sent = datetime.now(UTC).timestamp()
    await world.fire(service, "memory")
    assert (await engineer.paged()).at - sent < LATE_SECONDS


async def test_an_answer_in_time_takes_back_a_page_that_still_waits(world: World, flaky: WebhookSink) -> None:
    engineer = await world.engineer("sara", ("webhook",), hooks=flaky)
    flaky.answer(engineer.id, Answer(503))
    service = await world.service(await world.policy((engineer, 300)))
    await world.fire(service)
    incident = await world.incident(service)
    await world.until_pages(incident["id"], lambda pages: bool(flaky.attempts(engineer.id)))
    await world.post(f"/incidents/{incident['id']}/ack")
    answered = datetime.now(UTC).timestamp()
    await world.until_pages(incident["id"], lambda pages: {page["state"] for page in pages} == {"cancelled"})
    flaky.answer(engineer.id, Answer(200))
    assert all(post.at < answered + 2 for post in flaky.attempts(engineer.id))
