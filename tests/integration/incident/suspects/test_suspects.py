"""Suspects on real parts: a change and an incident meet whichever comes first, and an engineer says what is true."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pymongo import monitoring

from services.incident.app import build
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.changes import ChangeFact, ChangeKind
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.testing.plans import Heard, is_indexed
from shared.vocabulary import Role
from tests.unit.incident.builders import make_event

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def deploy(id: str = "chg_1", minutes_ago: float = 5, service: str | None = "payments", **fields: Any) -> Event:
    fact = ChangeFact(
        **{
            "id": id,
            "summary": "payments 2.4.1 was deployed",
            "service_claim": service,
            "kind": ChangeKind.DEPLOY,
            "version": "2.4.1",
            "source": "github",
            "at": ago(minutes_ago),
            "recorded_at": ago(minutes_ago),
            **fields,
        }
    )
    return make("change.recorded.v1", subject=id, sequence=1, time=fact.recorded_at, data=fact)


def alert(id: str = "a1", group: str = "g1", minutes_ago: float = 0, service: str = "payments") -> Event:
    return make_event(id, group_id=group, service_claim=service, starts_at=ago(minutes_ago))


class Desk:
    """The incident service as its engineers see it."""

    def __init__(self, harness: Harness, runtime: Runtime) -> None:
        self.harness = harness
        self.runtime = runtime
        self.client = harness.client(runtime)

    async def incident(self, **wanted: Any) -> dict[str, Any]:
        """The only incident, whole."""

        async def ask() -> Any:
            return (await self.client.get("/incidents")).json()["items"]

        (one,) = await eventually(ask, until=lambda items: len(items) == 1)
        return await self.whole(one["id"])

    async def whole(self, id: str) -> dict[str, Any]:
        answer = await self.client.get(f"/incidents/{id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def suspected(self, id: str, changes: Sequence[str]) -> list[dict[str, Any]]:
        """The suspects, once they are these, in this order."""

        async def ask() -> Any:
            return (await self.whole(id))["suspected_changes"]

        found: list[dict[str, Any]] = await eventually(
            ask, until=lambda items: [one["change"]["id"] for one in items] == list(changes)
        )
        return found

    async def said(self, id: str) -> list[str]:
        """What the timeline says of changes."""
        items = (await self.client.get(f"/incidents/{id}/timeline")).json()["items"]
        return [one["text"] for one in items if one["kind"] == "change"]


@pytest.fixture
async def desk(harness: Harness) -> Desk:
    desk = Desk(harness, await harness.start("incident", build))
    made = await desk.client.post("/services", json={"id": "payments", "name": "Payments"})
    assert made.status_code == 201
    return desk


REASON = "payments 2.4.1 was deployed 5 minutes before, on the same service"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the change first", "the incident first"])
async def test_a_deploy_and_an_incident_meet_whichever_comes_first(desk: Desk, order: tuple[int, int]) -> None:
    events = [deploy(environment="production", labels={"$region.eu": "x"}), alert()]
    await desk.harness.publish(events[order[0]])
    await asyncio.sleep(0.2)
    await desk.harness.publish(events[order[1]])
    incident = await desk.incident()
    (suspect,) = await desk.suspected(incident["id"], ["chg_1"])
    assert (suspect["minutes_before"], suspect["reason"]) == (5, REASON)
    assert 0.9 < suspect["score"] <= 1
    change = suspect["change"]
    assert (change["service"], change["version"], change["environment"]) == ("payments", "2.4.1", "production")
    assert change["labels"] == {"$region.eu": "x"}
    assert await eventually(lambda: desk.said(incident["id"])) == [f"first suspect: {REASON}"]

    async def rate() -> Any:
        return (await desk.whole(incident["id"]))["suspected_changes"][0]["base_rate"]

    known = await eventually(rate, until=lambda found: found["followed"] == 1)
    assert known["text"] == "1 of 1 deploy of payments was followed by an incident within 30 minutes"


async def test_what_is_too_old_elsewhere_or_later_is_no_suspect(desk: Desk) -> None:
    await desk.client.patch("/services/payments", json={"change_window_seconds": 1800})
    await desk.harness.publish(
        deploy("old", 41), deploy("elsewhere", 5, service="orders"), deploy("near", 29), deploy("later", 1)
    )
    await desk.harness.publish(alert(minutes_ago=10))
    incident = await desk.incident()
    await desk.suspected(incident["id"], ["near"])
    # it was told last, so it may come to the service after the incident has been read
    whole = await eventually(lambda: desk.whole(incident["id"]), until=lambda found: bool(found["later_changes"]))
    assert [(one["change"]["id"], one["minutes_before"]) for one in whole["later_changes"]] == [("later", -9)]
    assert whole["later_changes"][0]["score"] == 0
    assert [one["change"]["id"] for one in whole["suspected_changes"]] == ["near"]


async def test_with_a_corrected_time_every_figure_and_every_suspect_follows(desk: Desk) -> None:
    """The alert says ten minutes ago; the logs say that it was an hour before."""
    await desk.harness.publish(deploy("cause", 75), deploy("late", 20), alert(minutes_ago=10))
    key = (await desk.incident())["id"]
    await desk.suspected(key, ["late"])
    await desk.client.post(f"/incidents/{key}/ack")
    began, taken, over = ago(70), ago(68), ago(40)
    await desk.client.post(f"/incidents/{key}/resolve", json={"root_cause": "the deploy"})
    body = {"created_at": began.isoformat(), "acknowledged_at": taken.isoformat(), "resolved_at": over.isoformat()}
    answer = await desk.client.patch(f"/incidents/{key}/times", json=body)
    assert answer.status_code == 200, answer.text

    whole = await desk.whole(key)
    assert whole["started_at"] == whole["created_at"] == whole["status_times"]["triggered"]
    assert [(one["change"]["id"], one["minutes_before"]) for one in whole["suspected_changes"]] == [("cause", 5)]
    assert [one["change"]["id"] for one in whole["later_changes"]] == []
    due = {name: datetime.fromisoformat(whole["sla"][name]["due_at"]) for name in ("response", "resolution")}
    assert {name: round((at - began).total_seconds()) for name, at in due.items()} == {
        "response": 1800,
        "resolution": 86_400,
    }
    assert {whole["sla"][name]["state"] for name in due} == {"met"}

    drafted = (await desk.client.post("/postmortems", json={"incident_id": key})).json()
    figures = {name: round(drafted["figures"][f"time_to_{name}_seconds"]) for name in ("acknowledge", "resolve")}
    assert figures == {"acknowledge": 120, "resolve": 1800}
    assert f"It began {began:%Y-%m-%d %H:%M:%S} UTC" in drafted["sections"]["summary"]
    assert "2.4.1 was deployed 5 minutes before" in drafted["sections"]["root_causes"]

    # once more, with the post-mortem there: its figures and the clocks are read from the times as they stand
    moved = ago(100)
    await desk.client.patch(f"/incidents/{key}/times", json={"created_at": moved.isoformat()})
    again = await desk.whole(key)
    assert again["sla"]["response"]["state"] == "breached"
    assert [one["change"]["id"] for one in again["later_changes"]] == ["cause"]
    read = (await desk.client.get(f"/postmortems/{drafted['id']}")).json()["figures"]
    assert round(read["time_to_acknowledge_seconds"] - figures["acknowledge"] - (began - moved).total_seconds()) == 0


async def test_an_engineer_finds_one_guilty_and_clears_another(desk: Desk) -> None:
    await desk.harness.publish(deploy("a", 5), deploy("b", 10), deploy("c", 15), alert())
    incident = await desk.incident()
    await desk.suspected(incident["id"], ["a", "b", "c"])
    # what a person has judged already is no news
    await eventually(lambda: desk.said(incident["id"]))
    path = f"/incidents/{incident['id']}/suspects"

    marked = await desk.client.put(f"{path}/c", json={"verdict": "guilty"})
    assert (marked.status_code, marked.headers["ETag"]) == (200, f'"{marked.json()["version"]}"')
    assert marked.json()["suspected_changes"][0]["score"] == 1
    await desk.client.put(f"{path}/a", json={"verdict": "innocent"})
    found = await desk.suspected(incident["id"], ["c", "b", "a"])
    assert [(one["verdict"], one["score"] > 0) for one in found] == [
        ("guilty", True),
        (None, True),
        ("innocent", False),
    ]

    again = await desk.client.put(f"{path}/a", json={"verdict": "innocent"})
    taken_back = await desk.client.put(f"{path}/a", json={"verdict": None}, headers={"If-Match": again.headers["ETag"]})
    assert taken_back.json()["version"] == again.json()["version"] + 1
    await desk.suspected(incident["id"], ["c", "a", "b"])
    told = await eventually(lambda: desk.said(incident["id"]), until=lambda said: len(said) == 4)
    assert "suspect marked guilty: payments 2.4.1 was deployed" in told


async def test_a_verdict_is_for_those_who_may(desk: Desk) -> None:
    await desk.harness.publish(deploy(), alert())
    incident = await desk.incident()
    await desk.suspected(incident["id"], ["chg_1"])
    path, body = f"/incidents/{incident['id']}/suspects/chg_1", {"verdict": "guilty"}
    reader = desk.harness.client(desk.runtime, Identity(key_id="k", name="k", role=Role.VIEWER))
    other = desk.harness.client(desk.runtime, Identity(key_id="o", name="o", role=Role.RESPONDER, teams=("shop",)))
    assert (await reader.put(path, json=body)).status_code == 403
    assert (await other.put(path, json=body)).status_code == 403
    assert (await desk.client.put(path + "x", json=body)).status_code == 404
    assert (await desk.client.put("/incidents/INC-20200101-0001/suspects/chg_1", json=body)).status_code == 404
    assert (await desk.client.put(path, json={"verdict": "perhaps"})).status_code == 422
    assert (await desk.client.put(path, json=body, headers={"If-Match": '"99"'})).status_code == 412


async def test_in_whatever_order_and_however_often_they_come_two_replicas_name_the_same_suspects(
    harness: Harness, desk: Desk
) -> None:
    await harness.start("incident", build, instance="incident.2")
    for number, order in enumerate(itertools.permutations(range(4))):
        service = f"service-{number}"
        assert (await desk.client.post("/services", json={"id": service, "name": service})).status_code == 201
        events = [
            deploy(f"a{number}", 5, service),
            deploy(f"b{number}", 10, service),
            deploy(f"c{number}", 2, service),
            alert(f"x{number}", f"g{number}", 0, service),
        ]
        await harness.publish(*(events[place] for place in order), events[order[0]])

    async def opened() -> Any:
        return (await desk.client.get("/incidents?limit=50")).json()["items"]

    for incident in await eventually(opened, until=lambda items: len(items) == 24):
        number = incident["service_id"].removeprefix("service-")
        await desk.suspected(incident["id"], [f"c{number}", f"a{number}", f"b{number}"])
        said = await eventually(partial(desk.said, incident["id"]), until=is_first_named)
        assert len(said) == len(set(said))


def is_first_named(said: list[str]) -> bool:
    return any("2.4.1 was deployed 2 minutes before" in line for line in said)


async def test_the_memory_asks_indexes_and_forgets(desk: Desk) -> None:
    collection = desk.runtime.database.collection("changes")
    for query, index in (
        ({"service": {"$in": ["a", "b"]}, "at": {"$gte": ago(60), "$lte": ago(0)}}, "service"),
        ({"service": "a", "deploy": True, "followed": True}, "base_rate"),
    ):
        assert await is_indexed(collection, query), index
    assert (await collection.index_information())["expire_at"]["expireAfterSeconds"] == 0


async def test_a_storm_of_incidents_is_asked_about_together(desk: Desk) -> None:
    services = [f"shop-{number:02d}" for number in range(30)]
    for service in services:
        await desk.client.post("/services", json={"id": service, "name": service})
    await desk.harness.publish(deploy(service=services[7]))
    HEARD.database = desk.runtime.database.name
    await desk.harness.publish(*(alert(f"a-{one}", f"g-{one}", service=one) for one in services))

    async def asked() -> set[str]:
        questions = [one for one in HEARD.asked if one.collection == "changes" and "service" in one.query]
        named = [one.query["service"] for one in questions]
        return {service for one in named for service in ([one] if isinstance(one, str) else one["$in"])}

    await eventually(asked, until=lambda found: found >= set(services))
    (deployed,) = [one for one in await incidents(desk) if one["service_id"] == services[7]]
    assert len(await eventually(lambda: desk.said(deployed["id"]))) == 1
    # of the one that has a suspect some more, of each of the others less than one
    assert len([one for one in HEARD.asked if one.collection == "changes"]) < len(services)
    assert await HEARD.scans(desk.runtime.database) == []


async def incidents(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.client.get("/incidents?limit=100")).json()["items"]
    return found


async def test_after_a_corrected_time_the_first_suspect_is_said_anew(desk: Desk) -> None:
    await desk.harness.publish(deploy("early", 50, version="1.0"), deploy("late", 5), alert())
    incident = await desk.incident()
    key = incident["id"]
    await desk.suspected(key, ["late", "early"])
    await eventually(lambda: desk.said(key))
    began = datetime.now(UTC) - timedelta(minutes=30)
    corrected = await desk.client.patch(f"/incidents/{key}/times", json={"created_at": began.isoformat()})
    assert corrected.status_code == 200, corrected.text
    await desk.suspected(key, ["early"])
    said = await eventually(lambda: desk.said(key), until=lambda said: len(said) == 2)
    assert said[1] == "first suspect: payments 1.0 was deployed 20 minutes before, on the same service"
    earlier = (began - timedelta(minutes=40)).isoformat()
    await desk.client.patch(f"/incidents/{key}/times", json={"created_at": earlier})
    said = await eventually(lambda: desk.said(key), until=lambda said: len(said) == 3)
    assert said[2] == "no first suspect any more: nothing was changed shortly before it"
