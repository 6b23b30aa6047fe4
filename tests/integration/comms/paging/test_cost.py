"""What a new incident costs comms: each command to the database is counted."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from services.comms.app import build
from services.comms.delivery.delivery_state import Reason
from services.comms.paging.store.deliveries import DELIVERIES
from shared.events.oncall import PageFact
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.testing.webhook_sink import WebhookSink
from shared.vocabulary import IncidentStatus
from tests.integration.commands import Commands
from tests.integration.counting import counted
from tests.unit.comms.builders import incident_told, make_incident, make_page, page_requested, user_erased

pytestmark = pytest.mark.integration

AHEAD = timedelta(minutes=1)
"""By a clock that is ahead something began just now for so long; a test on a busy machine takes its time."""


@pytest.fixture
def hooks() -> Iterator[WebhookSink]:
    with WebhookSink() as sink:
        yield sink


@pytest.fixture
async def stage(harness: Harness) -> Harness:
    harness.settings = harness.settings.model_copy(update={"outbound_allow": ["127.0.0.0/8"]})
    return harness


def handled(queue: str = "comms.incidents") -> float:
    """How many messages of a queue comms has taken in."""
    return counted("tocsin_messages_total", queue=queue, verdict="ack")


async def test_news_of_an_incident_that_end_no_page_are_one_command_each(stage: Harness) -> None:
    incident_id = f"INC-{secrets.token_hex(4)}"
    commands = Commands(incident_id)
    await stage.start("comms", build)
    before = handled()
    told = incident_told(make_incident(incident_id), 1, "incident.opened.v1")
    await stage.publish(told)
    await eventually(lambda: handled() == before + 1)
    assert commands.sent == ["incidents.insert"]
    for sequence in (3, 2, 4):
        count = handled()
        await stage.publish(incident_told(make_incident(incident_id), sequence))
        await eventually(partial(_is_handled, count + 1))
    older = ["incidents.update", "incidents.insert", "incidents.update"]
    assert commands.sent[1:] == ["incidents.update", *older, "incidents.update"], "only what came too late costs more"


def _is_handled(count: float) -> bool:
    return handled() == count


async def test_a_page_of_what_began_just_now_is_sent_without_asking_how_its_incident_stands(
    stage: Harness, hooks: WebhookSink
) -> None:
    incident_id = f"INC-{secrets.token_hex(4)}"
    commands = Commands(incident_id)
    await stage.start("comms", build)
    now = datetime.now(UTC)
    page = make_page("p1", incident_id=incident_id, address=hooks.url("sara"), requested_at=now, caused_at=now + AHEAD)
    await stage.publish(page_requested(page))
    await stage.event("page.delivered.v1")
    assert commands.counts == {"deliveries.insert": 1}
    older = make_page("p2", incident_id=incident_id, address=hooks.url("sara"), requested_at=now)
    await stage.publish(page_requested(older))
    await stage.event("page.delivered.v1", lambda event: event.subject == "p2")
    assert commands.counts == {"deliveries.insert": 2, "incidents.find": 1}


async def test_what_this_process_heard_of_an_answer_holds_back_a_page_of_what_began_just_now(
    stage: Harness, hooks: WebhookSink
) -> None:
    runtime = await stage.start("comms", build)
    await stage.publish(incident_told(make_incident(status=IncidentStatus.ACKNOWLEDGED, answered=1), 2))
    await eventually(lambda: runtime.database.collection("incidents").find_one({}))
    now = datetime.now(UTC)
    page = make_page("p1", address=hooks.url("sara"), requested_at=now, caused_at=now + AHEAD)
    await stage.publish(page_requested(page))
    await eventually(lambda: reason_of(runtime, "p1"), until=lambda reason: reason == Reason.ANSWERED)
    assert not hooks.attempts("sara")


async def reason_of(runtime: Runtime, page_id: str) -> str | None:
    found = await runtime.database.collection(DELIVERIES).find_one({"_id": page_id})
    return found["reason"] if found else None


async def test_whether_somebody_was_erased_is_asked_once_for_pages_that_follow_each_other(
    stage: Harness, hooks: WebhookSink
) -> None:
    user_id = f"user-{secrets.token_hex(4)}"
    commands = Commands(user_id)
    await stage.start("comms", build)
    for number in range(3):
        await stage.publish(page_requested(made_just_now(hooks, f"p{number}", user_id)))
        await stage.event("page.delivered.v1", lambda event, page_id=f"p{number}": event.subject == page_id)  # type: ignore[misc]
    assert commands.counts["erased.find"] == 1
    before = handled("comms.people")
    await stage.publish(user_erased(user_id))
    await eventually(lambda: handled("comms.people") == before + 1)
    await stage.publish(page_requested(made_just_now(hooks, "late", user_id)))
    told = await stage.event("page.failed.v1")
    assert told.subject == "late"
    assert len(hooks.attempts("sara")) == 3


def made_just_now(hooks: WebhookSink, page_id: str, user_id: str) -> PageFact:
    return make_page(page_id, user_id=user_id, address=hooks.url("sara"), requested_at=datetime.now(UTC))
