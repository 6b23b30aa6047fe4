"""`POST /rehearsals` on a real on-call service, told what the gateway was told before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import monitoring

from services.oncall.app import build
from shared.callers.identity import Identity
from shared.events import make
from shared.events.incidents import IncidentFact
from shared.questions.rehearsal import PlacedAlert, RehearsedIncident
from shared.testing.harness import ADMIN, Harness, eventually
from shared.testing.plans import Heard
from shared.vocabulary import AlertStatus, Role
from tests.integration.oncall.test_oncall import World
from tests.unit.oncall.escalations import make_incident, make_runbook

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)
NOW = datetime.now(UTC)


@pytest.fixture
async def world(harness: Harness) -> World:
    world = World(harness, await harness.start("oncall", build))
    await world.seed(repeat=1)
    return world


def prepared(fact: IncidentFact, *, at: datetime = NOW, opens: bool = True, sequence: int = 1) -> dict[str, Any]:
    incident = RehearsedIncident(fact=fact, sequence=sequence, opens=opens)
    alert = PlacedAlert(
        dedup_key="k",
        title="error rate is high",
        service="payments",
        status=AlertStatus.FIRING,
        told="first",
        grouped="no_group",
        reason="open_new",
        incident=0,
    )
    return {
        "incidents": [incident.model_dump(mode="json")],
        "alerts": [alert.model_dump(mode="json")],
        "at": at.isoformat(),
    }


async def rehearse(world: World, fact: IncidentFact, identity: Identity = ADMIN, **fields: Any) -> dict[str, Any]:
    api = world.harness.client(world.runtime, identity)
    told = {name: fields.pop(name) for name in ("at", "opens", "sequence") if name in fields}
    body = {"alert": {"title": "x"}, "prepared": prepared(fact, **told), **fields}
    answer = await api.post("/rehearsals", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_every_page_up_to_exhaustion_with_its_reason(world: World) -> None:
    found = await rehearse(world, make_incident())
    names = ("user_id", "channel", "step", "round", "after_seconds")
    assert [tuple(one[name] for name in names) for one in found["pages"]] == [
        ("sara", "email", 1, 0, 0),
        ("kenji", "email", 2, 0, 300),
        ("sara", "email", 1, 1, 600),
        ("kenji", "email", 2, 1, 900),
    ]
    assert {one["reason"] for one in found["pages"]} == {"escalation"}
    assert found["pages"][0]["why"] == (
        "Step 1: on call by schedule weekly, layer week; a rule of theirs for high urgency says so."
    )
    (incident,) = found["incidents"]
    assert (incident["policy_id"], incident["policy_reason"], incident["ends"]) == ("p", "service_policy", "exhausted")
    assert (incident["ends_after_seconds"], incident["incident_id"]) == (1200, None)
    assert found["alerts"][0]["sentence"] == "It opens an incident."
    assert found["complete"] is True
    assert world.pages() == []


async def test_an_incident_that_is_there_goes_on_as_it_would(world: World) -> None:
    fact = make_incident()
    await world.say("opened", fact)
    await eventually(lambda: len(world.pages()) == 1)
    found = await rehearse(world, fact, opens=False, sequence=1, at=NOW + timedelta(seconds=30))
    assert [one["user_id"] for one in found["pages"]] == ["kenji", "sara", "kenji"]
    assert found["incidents"][0]["incident_id"] == fact.id


async def test_what_an_override_would_change_is_told(world: World) -> None:
    span = {"start": (NOW - timedelta(hours=1)).isoformat(), "end": (NOW + timedelta(hours=3)).isoformat()}
    wanted = {"schedule_id": "weekly", "kind": "replace", "user_id": "kenji", **span}
    found = await rehearse(world, make_incident(), overrides=[wanted])
    assert {one["user_id"] for one in found["pages"]} == {"kenji"}
    (change,) = found["changes"]
    assert change["sentence"] == (
        "The override rehearsed-1 of schedule weekly: kenji would be paged by it; without it sara would be."
    )
    assert [one["user_id"] for one in change["takes"]] == ["sara", "sara"]
    assert (await world.api.get("/schedules/weekly")).json()["overrides"] == []


async def test_whom_another_teams_incident_pages_is_not_shown(world: World) -> None:
    theirs = Identity(key_id="k", name="k", role=Role.RESPONDER, teams=("web",))
    found = await rehearse(world, make_incident(team="payments"), theirs)
    assert found["pages"] == []
    (incident,) = found["incidents"]
    assert (incident["withheld"], incident["decisions"], incident["policy_id"]) == (True, [], None)
    own = await rehearse(world, make_incident(team="web"), theirs)
    assert len(own["pages"]) == 4


async def test_what_can_not_be_rehearsed_is_refused_with_its_place(world: World) -> None:
    whole = prepared(make_incident())
    override = {
        "kind": "add",
        "user_id": "sara",
        "start": NOW.isoformat(),
        "end": (NOW + timedelta(hours=1)).isoformat(),
    }
    for body, pointer in (
        ({}, "/alert"),
        ({"alert": {}, "incident": "INC-1"}, "/alert"),
        ({"alert": {}, "at": "never"}, "/at"),
        ({"alert": {}, "at": "2126-06-01T00:00:00Z"}, "/at"),
        ({"alert": {}, "prepared": whole, "overrides": [{**override, "schedule_id": "x"}]}, "/overrides/0/schedule_id"),
    ):
        answer = await world.api.post("/rehearsals", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), body
    assert (await world.api.post("/rehearsals", json={"alert": {}})).status_code == 503, "nobody was asked before"


async def test_nothing_is_read_through(world: World) -> None:
    fact = make_incident()
    await world.say("opened", fact)
    await eventually(lambda: len(world.pages()) == 1)
    policy = {"targets": [{"type": "user", "id": "sara"}], "assignment": "round_robin"}
    await world.post("/escalation-policies", {"id": "turns", "name": "Turns", "steps": [policy]})
    HEARD.database = world.runtime.database.name
    await rehearse(world, fact, opens=False)
    await rehearse(world, make_incident(policy="turns"))
    scans = await HEARD.scans(world.runtime.database)
    assert "turns" in {one.collection for one in HEARD.asked}
    assert [one for one in scans if one.query] == []


async def test_a_runbook_that_would_start_is_told_with_what_waits_for_it(world: World) -> None:
    for fact in (make_runbook("clean", 120), make_runbook("note", 0), make_runbook("theirs", 600, team="shop")):
        event = make("runbook.changed.v1", subject=fact.id, sequence=1, time=NOW, data=fact)
        await world.harness.publish(event)
    copies = world.runtime.database.collection("runbooks")
    await eventually(lambda: copies.count_documents({}), until=lambda count: count == 3)
    found = await rehearse(world, make_incident())
    assert [one["after_seconds"] for one in found["pages"]] == [120, 420, 720, 1020]
    (incident,) = found["incidents"]
    assert [(one["runbook_id"], one["hold_pages_seconds"]) for one in incident["runbooks"]] == [
        ("clean", 120),
        ("note", 0),
    ]
    assert incident["decisions"][1]["rule"] == "held_for_runbook"
    (change,) = found["changes"]
    assert (change["kind"], change["runbook_id"], change["hold_pages_seconds"]) == ("runbook", "clean", 120)
    assert change["sentence"].startswith("The runbook “Clean” starts by itself, and pages wait for it 120 s: the first")
    assert [one["after_seconds"] for one in change["takes"]] == [0, 300, 600, 900]
    in_a_drill = await rehearse(world, make_incident(drill_id="drill-1"))
    assert in_a_drill["pages"][0]["after_seconds"] == 0
    assert in_a_drill["incidents"][0]["runbooks"] == []
