"""The copies that automation and analytics keep: any order and repetition of the facts ends in the same ones."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.analytics.app import build as build_analytics
from services.analytics.handlers import Copies as AnalyticsCopies
from services.automation.app import build as build_automation
from services.automation.incident_copies.store import IncidentCopies as AutomationCopies
from shared.bus.consumer import Delivery
from shared.clocks.clock import Clock
from shared.copies.replica import Replica
from shared.events import Event, make
from shared.events.actions import ActionFact
from shared.events.alerts import AlertFact
from shared.events.automation import ExecutionFact, ExecutionState, RunbookFact
from shared.events.communication import ImpactFact
from shared.events.control import ReplayRequest
from shared.events.incidents import IncidentFact, ServiceFact
from shared.events.oncall import DutyFact, PageResult
from shared.events.postmortems import PostmortemFact
from shared.mongo import Database
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from shared.testing.story import BEGAN
from shared.vocabulary import AlertStatus, IncidentStatus

pytestmark = pytest.mark.integration

Handle = Callable[[Sequence[Delivery[Event]]], Any]
_ALERT_TALES = {AlertStatus.FIRING: "alert.opened.v1", AlertStatus.RESOLVED: "alert.resolved.v1"}


def service(number: int, sequence: int) -> Event:
    fact = ServiceFact(id=f"s{number}", name=f"version {sequence}", deleted=sequence % 4 == 0)
    return make("service.changed.v1", subject=fact.id, sequence=sequence, time=BEGAN, data=fact)


def incident(number: int, sequence: int) -> Event:
    fact = example("incident.changed.v1").data
    assert isinstance(fact, IncidentFact)
    status = list(IncidentStatus)[sequence % len(IncidentStatus)]
    told = fact.model_copy(update={"id": f"INC-{number}", "status": status, "title": f"version {sequence}"})
    return make("incident.changed.v1", subject=told.id, sequence=sequence, time=BEGAN, data=told)


def alert(number: int, sequence: int) -> Event:
    fact = example("alert.opened.v1").data
    assert isinstance(fact, AlertFact)
    status = list(AlertStatus)[sequence % len(AlertStatus)]
    told = fact.model_copy(update={"id": f"a{number}", "status": status, "opens_incident": True})
    name = _ALERT_TALES.get(status, "alert.updated.v1")
    return make(name, subject=told.id, sequence=sequence, time=BEGAN, data=told)


def postmortem(number: int, sequence: int) -> Event:
    fact = example("postmortem.changed.v1").data
    assert isinstance(fact, PostmortemFact)
    told = fact.model_copy(update={"id": f"pm_{number}", "title": f"version {sequence}"})
    return make("postmortem.changed.v1", subject=told.id, sequence=sequence, time=BEGAN, data=told)


def action(number: int, sequence: int) -> Event:
    fact = example("action.changed.v1").data
    assert isinstance(fact, ActionFact)
    told = fact.model_copy(update={"id": f"act_{number}", "deleted": sequence % 4 == 0})
    return make("action.changed.v1", subject=told.id, sequence=sequence, time=BEGAN, data=told)


def runbook(number: int, sequence: int) -> Event:
    fact = RunbookFact(id=f"rb_{number}", name=f"version {sequence}", deleted=sequence % 4 == 0)
    return make("runbook.changed.v1", subject=fact.id, sequence=sequence, time=BEGAN, data=fact)


def execution(number: int, sequence: int) -> Event:
    fact = example("execution.finished.v1").data
    assert isinstance(fact, ExecutionFact)
    real = {"id": f"exe_{number}", "state": list(ExecutionState)[sequence % 5], "dry_run": False, "drill_id": None}
    told = fact.model_copy(update={**real, "runbook_name": f"version {sequence}"})
    name = "execution.finished.v1" if told.state.is_over else "execution.started.v1"
    return make(name, subject=told.id, sequence=sequence, time=BEGAN, data=told)


def page(number: int, sequence: int) -> Event:
    fact = example("page.delivered.v1").data
    assert isinstance(fact, PageResult)
    told = fact.model_copy(update={"page_id": f"page_{number}", "attempts": sequence})
    return make("page.delivered.v1", subject=told.page_id, sequence=sequence, time=BEGAN, data=told)


def impact(number: int, sequence: int) -> Event:
    fact = example("impact.changed.v1").data
    assert isinstance(fact, ImpactFact)
    told = fact.model_copy(update={"id": f"impact_{number}", "component_name": f"version {sequence}"})
    return make("impact.changed.v1", subject=told.id, sequence=sequence, time=BEGAN, data=told)


def duty(number: int, sequence: int) -> Event:
    fact = example("duty.recorded.v1").data
    assert isinstance(fact, DutyFact)
    told = fact.model_copy(update={"id": f"s{number}:2026-03-29", "team": f"version {sequence}"})
    return make("duty.recorded.v1", subject=told.id, sequence=sequence, time=BEGAN, data=told)


FACTS = [
    make_fact(number, sequence)
    for make_fact in (service, incident, postmortem, action, alert, runbook, execution, page, impact, duty)
    for number in (1, 2)
    for sequence in range(1, 8)
]


def mine(copies: AutomationCopies | AnalyticsCopies) -> list[Replica]:
    return [part for part in vars(copies).values() if isinstance(part, Replica)]


async def content(copies: AutomationCopies | AnalyticsCopies) -> list[dict[str, Any]]:
    return [
        {document["_id"]: (document["seq"], document["data"]) async for document in replica.collection.find({})}
        for replica in mine(copies)
    ]


async def deliver(handle: Handle, events: Sequence[Event], cuts: random.Random) -> None:
    """Hand events over in batches of random sizes."""
    left = [Delivery(event, {}, redelivered=False, routing_key=event.type) for event in events]
    while left:
        size = cuts.randint(1, 30)
        await handle(left[:size])
        left = left[size:]


def automation_copies(database: Database) -> AutomationCopies:
    """Those of an automation whose collections have names of their own."""
    name = secrets.token_hex(4)
    runtime = Runtime("automation", Settings(secret_key="0" * 32))
    copies = AutomationCopies(runtime)
    for part in ("services", "incidents", "alerts"):
        setattr(copies, part, Replica(database.collection(f"{part}_{name}")))
    return copies


def analytics_copies(database: Database) -> AnalyticsCopies:
    name = secrets.token_hex(4)
    copies = AnalyticsCopies(database, Clock())
    for part in [part for part, value in vars(copies).items() if isinstance(value, Replica)]:
        setattr(copies, part, Replica(database.collection(f"{part}_{name}")))
    return copies


@pytest.mark.parametrize("make_copies", [automation_copies, analytics_copies], ids=["automation", "analytics"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(repeated=st.lists(st.sampled_from(FACTS), max_size=20), chance=st.randoms(use_true_random=False))
async def test_any_order_and_repetition_of_the_facts_ends_in_the_same_copies(
    apart: Settings,
    make_copies: Callable[[Database], AutomationCopies | AnalyticsCopies],
    repeated: list[Event],
    chance: random.Random,
) -> None:
    database = Database(apart, "copies", Clock())
    try:
        in_order, shuffled = make_copies(database), make_copies(database)
        await deliver(in_order.handle, FACTS, chance)
        events = [*FACTS, *repeated]
        chance.shuffle(events)
        await deliver(shuffled.handle, events, chance)
        assert await content(shuffled) == await content(in_order)
        assert all(await content(in_order))
    finally:
        await database.drop()
        await database.close()


async def test_automation_knows_services_and_open_incidents(harness: Harness) -> None:
    runtime = await harness.start("automation", build_automation)
    await harness.publish(service(1, 3), service(2, 4), incident(1, 1), incident(2, 1), incident(2, 5))
    services = Replica(runtime.database.collection("services"))
    incidents = Replica(runtime.database.collection("incidents"))
    await eventually(lambda: incidents.collection.count_documents({"seq": 5}), until=lambda n: n == 1)
    await eventually(lambda: incidents.collection.count_documents({}), until=lambda n: n == 2)
    await eventually(lambda: services.collection.count_documents({}), until=lambda n: n == 2)
    assert [one["id"] async for one in services.all()] == ["s1"], "the other one was deleted"
    assert [one["id"] async for one in incidents.all()] == ["INC-1"], "the other one is resolved"
    await harness.publish(incident(2, 9))
    await eventually(lambda: incidents.get(["INC-2"]), until=lambda found: "INC-2" in found)


async def test_analytics_knows_services_incidents_and_alerts_also_those_of_the_fast_lane(harness: Harness) -> None:
    runtime = await harness.start("analytics", build_analytics)
    first = alert(1, 5)
    await harness.publisher.publish_events([(first.type + ".first", first.encode(), first.id)])
    await harness.publish(service(1, 1), incident(1, 5), alert(2, 4))
    for name, count in (("services", 1), ("incidents", 1), ("alerts", 2)):
        collection = runtime.database.collection(name)
        await eventually(lambda c=collection: c.count_documents({}), until=lambda n, want=count: n == want)  # type: ignore[misc]


@pytest.mark.parametrize(
    "name,build,types",
    [
        pytest.param(
            "automation",
            build_automation,
            {
                "automation": {"service.changed.v1", "incident.changed.v1", "alert.opened.v1"},
                "automation.approvals": {"user.changed.v1", "user.erased.v1", "team.changed.v1"},
            },
            id="automation",
        ),
        pytest.param(
            "analytics",
            build_analytics,
            {
                "analytics": {
                    "service.changed.v1",
                    "incident.changed.v1",
                    "postmortem.changed.v1",
                    "action.changed.v1",
                    "alert.opened.v1",
                    "alert.resolved.v1",
                    "runbook.changed.v1",
                    "execution.finished.v1",
                    "page.delivered.v1",
                    "impact.changed.v1",
                    "duty.recorded.v1",
                }
            },
            id="analytics",
        ),
    ],
)
async def test_with_an_empty_database_it_asks_the_owners_once(
    harness: Harness, name: str, build: Callable[..., None], types: dict[str, set[str]]
) -> None:
    def asked() -> list[tuple[str, set[str]]]:
        told = (event.data for event in harness.events if isinstance(event.data, ReplayRequest))
        return sorted((one.reply_to, set(one.types)) for one in told)

    runtime = await harness.start(name, build)
    wanted = sorted(types.items())
    await eventually(lambda: len(asked()) == len(wanted))
    assert asked() == wanted
    await harness.stop(runtime)
    runtime = await harness.start(name, build)
    ready = await harness.client(runtime).get("/readyz")
    assert ready.status_code == 200
    assert asked() == wanted
