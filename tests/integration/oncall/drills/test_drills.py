"""Drills on a real on-call service, on its database and bus: alerts out in time, news in, and each question indexed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import monitoring

from services.oncall.app import build
from services.oncall.drills.conductor import Conductor
from shared.callers.identity import Identity
from shared.events import make
from shared.events.incidents import IncidentFact, ServiceFact
from shared.events.oncall import DrillAlertsFact, DrillFact, PageFact
from shared.testing.harness import ADMIN, Harness, eventually
from shared.testing.plans import Heard
from shared.vocabulary import Role
from tests.integration.oncall.test_oncall import World
from tests.unit.oncall.escalations import make_incident

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)
STORY = {"alerts": [{"title": "down"}, {"title": "worse", "after_seconds": 1}]}


@pytest.fixture
async def world(harness: Harness) -> World:
    world = World(harness, await harness.start("oncall", build))
    await world.seed()
    now = datetime.now(UTC)
    facts = [
        ServiceFact(id="shop", name="Shop", team="payments", escalation_policy_id="p"),
        ServiceFact(id="wiki", name="W"),
    ]
    await harness.publish(
        *(make("service.changed.v1", subject=one.id, sequence=1, time=now, data=one) for one in facts)
    )
    return world


async def plan(world: World, **fields: Any) -> dict[str, Any]:
    return await world.post("/drills", {"name": "Outage", "scenario": STORY, "service_id": "shop", **fields})


async def read(world: World, id_: str) -> dict[str, Any]:
    answer = await world.api.get(f"/drills/{id_}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(world: World, kind: type[Any], drill: str) -> list[Any]:
    facts = {event.id: event.data for event in world.harness.events}
    return [
        one
        for one in facts.values()
        if isinstance(one, kind) and drill in (getattr(one, "id", ""), getattr(one, "drill_id", ""))
    ]


def of_drill(drill: str, **fields: Any) -> IncidentFact:
    return make_incident(id=f"INC-{drill}", drill_id=drill, team="payments", **fields)


async def test_alerts_are_sent_in_time_each_once_and_it_ends_when_all_is_resolved(world: World) -> None:
    drill = (await plan(world))["id"]
    await eventually(lambda: len(told(world, DrillAlertsFact, drill)) == 2)
    first, second = told(world, DrillAlertsFact, drill)
    assert [(one.first, [alert.title for alert in one.alerts]) for one in (first, second)] == [
        (0, ["down"]),
        (1, ["worse"]),
    ]
    await world.say("opened", of_drill(drill))
    await eventually(lambda: [page for page in world.pages() if page.drill])
    await world.say("resolved", of_drill(drill, answered=1, status="resolved", resolved_at=datetime.now(UTC)))
    done = await eventually(lambda: read(world, drill), until=lambda one: one["score"] is not None)
    assert (done["state"], done["score"]["team"]["incidents"]) == ("finished", 1)
    assert [one["user_id"] for one in done["pages"]] == ["sara"]
    scored = await eventually(lambda: [one for one in told(world, DrillFact, drill) if one.is_scored])
    assert scored[0].people == ["sara", "kenji"]


async def test_an_incident_that_opens_after_its_drill_was_stopped_pages_nobody_and_is_told_to_end(world: World) -> None:
    drill = (await plan(world))["id"]
    await eventually(lambda: told(world, DrillAlertsFact, drill))
    assert (await world.api.post(f"/drills/{drill}/cancel")).status_code == 200
    await world.say("opened", of_drill(drill))
    ending = await eventually(lambda: [one for one in told(world, DrillFact, drill) if one.incidents])
    assert (ending[0].ends_incidents, ending[0].incidents) == (True, [f"INC-{drill}"])
    assert world.pages() == []
    assert (await world.api.get(f"/incidents/INC-{drill}/explain")).json()["state"] == "ended"


async def test_a_drill_may_page_somebody_alone_whatever_the_policy_says(world: World) -> None:
    kenji = Identity(key_id="k", name="kenji", role=Role.RESPONDER, teams=("payments",), user_id="kenji")
    api = world.harness.client(world.runtime, kenji)
    body = {"name": "me", "scenario": {"alerts": [{"title": "hello", "severity": "low"}]}}
    answer = await api.post("/drills", json={**body, "pages": {"user_ids": ["kenji"], "urgency": "high"}})
    assert answer.status_code == 201, answer.text
    drill = answer.json()["id"]
    assert answer.json()["team"] == "payments"
    await world.say("opened", of_drill(drill))
    (page,) = await eventually(lambda: [one for one in world.pages() if one.drill])
    assert isinstance(page, PageFact)
    assert (page.user.id, page.urgency.value) == ("kenji", "high")
    assert (await api.post("/drills", json={**body, "pages": {"user_ids": ["sara"]}})).status_code == 403
    assert (await api.post("/drills", json={**body, "service_id": "shop"})).status_code == 403
    assert (await api.post(f"/drills/{drill}/cancel")).status_code == 200, "it is their own"


@pytest.mark.parametrize("ends", [True, False])
async def test_a_real_incident_is_paged_as_always_and_may_end_the_drill(world: World, ends: bool) -> None:
    drill = (await plan(world, ends_on_real_incident=ends))["id"]
    await eventually(lambda: read(world, drill), until=lambda one: one["state"] == "running")
    await world.say("opened", make_incident(id="INC-other", team="other"))
    await world.say("opened", make_incident(id="INC-real", team="payments"))
    await eventually(lambda: [one for one in world.pages() if one.incident.id == "INC-real" and not one.drill])
    if ends:
        ended = await eventually(lambda: read(world, drill), until=lambda one: one["state"] == "cancelled")
        assert (ended["reason"], ended["stopped_by"]) == ("real_incident", "INC-real")
    else:
        assert (await read(world, drill))["state"] == "running"


async def test_who_sees_and_stops_which_drill(world: World) -> None:
    shop, wiki = (await plan(world))["id"], (await plan(world, service_id="wiki"))["id"]

    def key(role: Role, *teams: str) -> Any:
        return world.harness.client(world.runtime, Identity(key_id=f"{role}{teams}", name="x", role=role, teams=teams))

    theirs, others, viewer = key(Role.MANAGER, "payments"), key(Role.MANAGER, "web"), key(Role.VIEWER)
    assert [one["id"] for one in (await theirs.get("/drills")).json()["items"]] == [shop]
    assert (await others.get("/drills")).json()["items"] == []
    for api, drill, status in ((theirs, shop, 200), (theirs, wiki, 404), (others, shop, 404), (viewer, wiki, 200)):
        assert (await api.get(f"/drills/{drill}")).status_code == status
        assert (await api.get(f"/drills/{drill}.md")).status_code == status
    assert (await others.post(f"/drills/{shop}/cancel")).status_code == 404
    assert (await viewer.post(f"/drills/{shop}/cancel")).status_code == 403
    assert (await key(Role.RESPONDER).post(f"/drills/{shop}/cancel")).status_code == 403
    assert (await theirs.post(f"/drills/{shop}/cancel")).status_code == 200
    assert (
        await theirs.post("/drills", json={"name": "x", "scenario": "certificate", "service_id": "wiki"})
    ).status_code == 403
    first = (await world.api.get("/drills", params={"limit": 1})).json()
    rest = (await world.api.get("/drills", params={"cursor": first["next_cursor"]})).json()["items"]
    assert {first["items"][0]["id"], *(one["id"] for one in rest)} == {shop, wiki}
    assert len((await viewer.get("/drills/scenarios")).json()["items"]) == 4


@pytest.mark.parametrize(
    "fields, pointer",
    [
        pytest.param({"scenario": "flood"}, "/scenario", id="a scenario that is none"),
        pytest.param({"service_id": "gone"}, "/service_id", id="a service that is none"),
        pytest.param({"rrule": "FREQ=HOURLY"}, "/rrule", id="a rule that is too frequent"),
        pytest.param({"time_zone": "Mars/Base"}, "/time_zone", id="a zone that is none"),
        pytest.param({"pages": {"user_ids": ["nobody"]}}, "/pages/user_ids/0", id="a person who is none"),
        pytest.param({"id": "scenarios"}, "/id", id="a reserved id"),
        pytest.param({"starts_at": "tomorrow"}, "/starts_at", id="no time"),
    ],
)
async def test_what_can_not_be_planned_is_refused_with_its_place(
    world: World, fields: dict[str, Any], pointer: str
) -> None:
    body = {"name": "x", "scenario": STORY, "service_id": "shop", **fields}
    answer = await world.api.post("/drills", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


async def test_every_question_has_an_index(world: World) -> None:
    HEARD.database = world.runtime.database.name
    drill = (await plan(world))["id"]
    await eventually(lambda: told(world, DrillAlertsFact, drill))
    await world.api.get("/drills")
    await world.harness.client(world.runtime, ADMIN.model_copy(update={"teams": ("payments",)})).get("/drills")
    await world.say("opened", of_drill(drill))
    await world.say("opened", make_incident(id="INC-real", team="payments"))
    await eventually(lambda: len(world.pages()) == 2)
    await world.say("resolved", of_drill(drill, answered=1, status="resolved", resolved_at=datetime.now(UTC)))
    await eventually(lambda: read(world, drill), until=lambda one: one["score"] is not None)
    owners = [getattr(run, "__self__", None) for run in world.runtime._workers]
    (conductor,) = [one for one in owners if isinstance(one, Conductor)]
    store = conductor._drills
    assert await store.forgotten() == []
    scans = await HEARD.scans(world.runtime.database)
    assert [one for one in scans if one.collection == "drills" and one.query] == []
    assert {"starts_at", "team", "kin", "running", "open_after", "due_at"} <= {
        name for one in HEARD.asked if one.collection == "drills" for name in (*one.query, *one.sort)
    }
