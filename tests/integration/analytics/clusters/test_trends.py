"""Trends and clusters over HTTP, from events, on the real parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.analytics.app import build
from services.analytics.clusters.store.clusters import COLLECTION, MOVES
from services.analytics.clusters.store.incidents import ACTIONS, INCIDENTS
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.actions import ActionFact, ActionState
from shared.events.incidents import IncidentFact
from shared.runtime import Runtime
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from shared.testing.plans import is_indexed
from shared.testing.story import BEGAN
from shared.vocabulary import Role

pytestmark = pytest.mark.integration

DATABASE = ("Database connection error on db-1", "DB connection error (orders)", "データベース接続エラー db02")
DISK = ("Disk full on web01", "disk full on web02")
LIMITED = Identity(key_id="k", name="shop", role=Role.MANAGER, teams=("shop",))
VIEWER = Identity(key_id="v", name="viewer", role=Role.VIEWER)
MONTH = {"month": BEGAN.strftime("%Y-%m")}


def incident(number: int, title: str, sequence: int = 1, **changes: Any) -> Event:
    fact = example("incident.changed.v1").data
    assert isinstance(fact, IncidentFact)
    plain: dict[str, Any] = {"drill_id": None, "merged_into": None, "root_cause": "", "actions_taken": []}
    told = IncidentFact.model_validate(
        fact.model_dump()
        | plain
        | {"id": f"INC-{number}", "title": title, "created_at": BEGAN + timedelta(seconds=number)}
        | changes
    )
    return make("incident.changed.v1", subject=told.id, sequence=sequence, time=BEGAN, data=told)


def incidents(titles: Sequence[str]) -> list[Event]:
    return [incident(number, title) for number, title in enumerate(titles, 1)]


async def trends(client: httpx2.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/analytics/trends", params=MONTH | asked)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def begun(harness: Harness, *events: Event) -> tuple[Runtime, httpx2.AsyncClient]:
    runtime = await harness.start("analytics", build)
    client = harness.client(runtime)
    await harness.publish(*events)
    kept = runtime.database.collection(INCIDENTS)

    async def all_are_kept() -> bool:
        return await kept.count_documents({}) == len({one.subject for one in events if "INC-" in one.subject})

    await eventually(all_are_kept)
    return runtime, client


async def test_a_month_is_told_by_clusters_with_their_shares(harness: Harness) -> None:
    events = incidents([*DATABASE, *DISK, "Parking barrier stuck open"])
    events[0] = incident(1, DATABASE[0], root_cause="pool too small", actions_taken=["restarted the pool"])
    _, client = await begun(harness, *events)
    shown = await trends(client, members=True)
    assert (shown["total"], shown["unclustered"]) == (6, 1)
    first, second = shown["clusters"]
    assert (first["members"], first["share"], first["trend"]) == (["INC-3", "INC-2", "INC-1"], 0.5, "new")
    assert (first["causes"], first["fixes"]) == (
        [{"text": "pool too small", "count": 1}],
        [{"text": "restarted the pool", "count": 1}],
    )
    assert (second["members"], second["name"]) == (["INC-5", "INC-4"], "Disk full")
    assert shown["summary"].startswith("50 % of 6 incidents")
    table = await client.get("/analytics/trends", params=MONTH, headers={"Accept": "text/csv"})
    assert table.headers["Content-Type"].startswith("text/csv")
    assert table.text.count("\r\n") == 4


async def test_the_order_and_repetition_of_events_changes_nothing(harness: Harness) -> None:
    events = incidents([*DATABASE, *DISK])
    older = incident(1, "Something else entirely", sequence=0)
    newer = incident(1, DATABASE[0], sequence=3)
    _, client = await begun(harness, newer, *reversed(events), older, *events)
    shown = await trends(client, members=True)
    assert [one["members"] for one in shown["clusters"]] == [["INC-3", "INC-2", "INC-1"], ["INC-5", "INC-4"]]


async def test_drills_and_merged_incidents_are_in_no_figure(harness: Harness) -> None:
    events = incidents([*DISK, "Disk full on web03", "Disk full on web04"])
    events[2] = incident(3, "Disk full on web03", drill_id="drill_1")
    events[3] = incident(4, "Disk full on web04", merged_into="INC-1")
    _, client = await begun(harness, *events)
    assert (await trends(client))["total"] == 2


async def test_people_name_split_merge_and_pin_and_take_it_back(harness: Harness) -> None:
    _, client = await begun(harness, *incidents([*DATABASE, *DISK]))
    database, disk = (one["id"] for one in (await trends(client))["clusters"])

    named = await client.patch(f"/analytics/clusters/{database}", json={"name": "The old pool"})
    assert (named.json()["name"], named.json()["is_named_by_people"]) == ("The old pool", True)
    assert (await trends(client))["clusters"][0]["name"] == "The old pool"
    assert (await client.patch(f"/analytics/clusters/{database}", json={"name": None})).json()["name"] != "The old pool"

    merged = await client.post(f"/analytics/clusters/{disk}/merge", json={"into": database})
    assert merged.json()["merged_into"] == database
    assert [one["count"] for one in (await trends(client))["clusters"]] == [5]
    assert (await client.delete(f"/analytics/clusters/{disk}/merge")).json()["count"] == 2

    split = await client.post(f"/analytics/clusters/{database}/split", json={"incident_ids": ["INC-3"], "name": "東"})
    assert (split.status_code, split.json()["incident_ids"], split.json()["name"]) == (201, ["INC-3"], "東")
    apart = split.headers["Location"].rpartition("/")[2]
    assert [one["count"] for one in (await trends(client))["clusters"]] == [2, 2, 1]
    again = await after(harness, client, incident(9, "データベース接続エラー db77"))
    assert {one["id"]: one["count"] for one in again["clusters"]}[apart] == 2
    assert (await client.delete(f"/analytics/clusters/{apart}/pins/INC-3")).json()["count"] == 0

    pinned = await client.post(f"/analytics/clusters/{disk}/pins", json={"incident_ids": ["INC-1"]})
    assert pinned.json()["incident_ids"] == ["INC-5", "INC-4", "INC-1"]
    assert (await client.delete(f"/analytics/clusters/{disk}/pins/INC-1")).json()["count"] == 2


async def after(harness: Harness, client: httpx2.AsyncClient, event: Event) -> dict[str, Any]:
    before = (await trends(client))["total"]
    await harness.publish(event)

    async def more() -> bool:
        return bool((await trends(client))["total"] > before)

    await eventually(more)
    return await trends(client)


@pytest.mark.parametrize(
    "path, body, status, pointer",
    [
        pytest.param("{id}/split", {"incident_ids": ["INC-5"]}, 422, "/incident_ids/0", id="of another cluster"),
        pytest.param("{id}/split", {"incident_ids": []}, 422, "/incident_ids", id="of nothing"),
        pytest.param("{id}/pins", {"incident_ids": ["INC-404"]}, 422, "/incident_ids/0", id="no such incident"),
        pytest.param("{id}/merge", {"into": "{id}"}, 422, "/into", id="into itself"),
        pytest.param("{id}/merge", {"into": "cluster-404"}, 404, None, id="into nothing"),
        pytest.param("cluster-404/merge", {"into": "{id}"}, 404, None, id="of nothing that is"),
    ],
)
async def test_what_cannot_be_changed_is_refused_with_its_place(
    harness: Harness, path: str, body: dict[str, Any], status: int, pointer: str | None
) -> None:
    _, client = await begun(harness, *incidents([*DATABASE, *DISK]))
    cluster = (await trends(client))["clusters"][0]["id"]
    filled = {key: value.format(id=cluster) if isinstance(value, str) else value for key, value in body.items()}
    answer = await client.post(f"/analytics/clusters/{path.format(id=cluster)}", json=filled)
    assert answer.status_code == status, answer.text
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_key_of_a_team_sees_its_own_and_changes_nothing(harness: Harness) -> None:
    events = [
        incident(1, "Disk full on Acme's web01", team="legal"),
        incident(2, "Disk full on Acme's web02", team="legal"),
        incident(3, "Disk full on web03", team="shop"),
        incident(4, "Disk full on web04", team="shop"),
    ]
    runtime, client = await begun(harness, *events)
    cluster = (await trends(client))["clusters"][0]["id"]
    limited = harness.client(runtime, LIMITED)
    shown = await trends(limited, members=True)
    assert (shown["total"], shown["clusters"][0]["members"]) == (2, ["INC-4", "INC-3"])
    assert "Acme" not in str(shown)
    assert (await limited.get(f"/analytics/clusters/{cluster}")).json()["incident_ids"] == ["INC-4", "INC-3"]
    for other in (limited, harness.client(runtime, VIEWER)):
        assert (await other.patch(f"/analytics/clusters/{cluster}", json={"name": "x"})).status_code == 403


async def test_what_people_corrected_is_there_after_the_projections_were_dropped(harness: Harness) -> None:
    events = incidents([*DATABASE, *DISK])
    runtime, client = await begun(harness, *events)
    cluster = (await trends(client))["clusters"][0]["id"]
    await client.patch(f"/analytics/clusters/{cluster}", json={"name": "The old pool"})
    for name in (INCIDENTS, ACTIONS):
        await runtime.database.collection(name).drop()
    await harness.stop(runtime)
    _, client = await begun(harness, *reversed(events))
    first = (await trends(client))["clusters"][0]
    assert (first["id"], first["name"], first["count"]) == (cluster, "The old pool", 3)


async def test_a_recurrence_after_its_action_was_closed_is_marked(harness: Harness) -> None:
    action = ActionFact(
        id="act_1",
        postmortem_id="pm",
        incident_id="INC-4",
        title="Rotate the logs",
        state=ActionState.DONE,
        created_at=BEGAN,
        updated_at=BEGAN,
        closed_at=BEGAN + timedelta(seconds=4.5),
    )
    told = make("action.changed.v1", subject=action.id, sequence=1, time=BEGAN, data=action)
    runtime, client = await begun(harness, *incidents([*DATABASE, *DISK]), told)
    await eventually(lambda: runtime.database.collection(ACTIONS).count_documents({}))
    disk = (await trends(client))["clusters"][1]
    assert [one["title"] for one in disk["actions"]] == ["Rotate the logs"]
    assert [one["incidents"] for one in disk["recurred_after_action"]] == [["INC-5"]]


async def test_what_is_asked_wrongly_is_named(harness: Harness) -> None:
    client = harness.client(await harness.start("analytics", build))
    for asked, pointer in (({"month": "2026-13"}, "/month"), ({"zone": "Mars"}, "/zone"), ({"severity": "x"}, "")):
        answer = await client.get("/analytics/trends", params=asked)
        assert answer.status_code == 422, answer.text
        assert pointer in answer.json()["errors"][0]["pointer"]
    empty = await trends(client)
    assert (empty["total"], empty["clusters"], empty["unclustered"]) == (0, [], 0)


async def test_what_is_followed_is_found_by_an_index(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    for name, member in (
        (INCIDENTS, "at"),
        (ACTIONS, "at"),
        (COLLECTION, "written_at"),
        (MOVES, "written_at"),
    ):
        assert await is_indexed(runtime.database.collection(name), {member: {"$gte": BEGAN}})
