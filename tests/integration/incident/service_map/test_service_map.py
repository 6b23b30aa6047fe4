"""The map on its real parts: edges over HTTP, walks, the graph, and what another replica sees of it."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.callers.identity import Identity
from shared.events.incidents import Dependency, ServiceFact
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role
from tests.unit.incident.builders import make_event


async def started(harness: Harness) -> httpx2.AsyncClient:
    return harness.client(await harness.start("incident", build))


async def draw(client: httpx2.AsyncClient, *edges: str) -> None:
    """Services and edges in one word: `web>api` hard, `web~api` soft."""
    for edge in edges:
        one, other = edge.replace("~", ">").split(">")
        for end in (one, other):
            await client.post("/services", json={"id": end, "name": end.title()})
        kind = "soft" if "~" in edge else "hard"
        answer = await client.post(f"/services/{one}/dependencies", json={"depends_on": [other], "kind": kind})
        assert answer.status_code == 201, answer.text


def problem(answer: httpx2.Response) -> tuple[int, str, list[str]]:
    body = answer.json()
    return answer.status_code, body["code"], [error["pointer"] for error in body["errors"]]


def seen(items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["service_id"], one["distance"], "".join(one["path"]), one["kind"]) for one in items]


async def test_what_a_service_needs_and_who_suffers_with_it_is_found_however_far_away(harness: Harness) -> None:
    client = await started(harness)
    await draw(client, "a>b", "b~c", "c>a")
    needs = (await client.get("/services/a/dependencies")).json()
    assert seen(needs["items"]) == [("b", 1, "ab", "hard"), ("c", 2, "abc", "soft")]
    assert (needs["total"], needs["complete"]) == (2, True)
    assert seen((await client.get("/services/a/dependencies?depth=1")).json()["items"]) == [("b", 1, "ab", "hard")]
    suffers = (await client.get("/services/c/impact?severity=high")).json()
    assert seen(suffers["items"]) == [("b", 1, "cb", "soft"), ("a", 2, "cba", "soft")]
    assert [one["severity"] for one in suffers["items"]] == ["medium", "medium"]


async def test_an_edge_is_stated_turned_and_taken_back_and_others_are_told(harness: Harness) -> None:
    client = await started(harness)
    await draw(client, "web~db")
    made = await client.post("/services/web/dependencies", json={"depends_on": ["db"]})
    assert (made.status_code, made.headers["Location"]) == (201, "/services/web/dependencies")
    assert seen(made.json()["items"]) == [("db", 1, "webdb", "hard")]
    again = await client.post("/services/web/dependencies", json={"depends_on": ["db", "db"]})
    assert (again.json(), again.headers["ETag"]) == (made.json(), made.headers["ETag"])
    assert (await client.get("/services/web")).json()["depends_on"] == [{"service_id": "db", "kind": "hard"}]
    told = await harness.event("service.changed.v1", lambda one: one.subject == "web" and one.sequence == 3)
    assert isinstance(told.data, ServiceFact)
    assert told.data.depends_on == [Dependency(service_id="db", hard=True)]

    stale = await client.delete("/services/web/dependencies/db", headers={"If-Match": '"1"'})
    assert problem(stale)[:2] == (412, "version_conflict")
    assert (await client.delete("/services/web/dependencies/db")).status_code == 204
    assert (await client.delete("/services/web/dependencies/db")).status_code == 404
    assert (await client.get("/services/web/dependencies")).json()["items"] == []


@pytest.mark.parametrize(
    "body, refusal",
    [
        ({"depends_on": ["web"]}, (422, "depends_on_itself", ["/depends_on/0"])),
        ({"depends_on": ["unrouted", "nobody"]}, (422, "unknown_service", ["/depends_on/1"])),
        ({"depends_on": ["unrouted"], "kind": "firm"}, (422, "invalid", ["/kind"])),
        ({"depends_on": []}, (422, "invalid", ["/depends_on"])),
        ({}, (422, "invalid", ["/depends_on"])),
    ],
    ids=["itself", "unknown", "kind", "none", "missing"],
)
async def test_an_edge_that_can_not_be_is_refused(
    harness: Harness, body: dict[str, Any], refusal: tuple[int, str, list[str]]
) -> None:
    client = await started(harness)
    await client.post("/services", json={"id": "web", "name": "Web"})
    assert problem(await client.post("/services/web/dependencies", json=body)) == refusal


async def test_a_deleted_service_is_on_no_map(harness: Harness) -> None:
    client = await started(harness)
    await draw(client, "web>api", "api>db")
    await client.delete("/services/api")
    assert (await client.get("/services/db/impact")).json()["items"] == []
    assert (await client.get("/services/api/impact")).status_code == 404
    graph = (await client.get("/services/graph")).json()
    assert ([one["id"] for one in graph["nodes"]], graph["edges"]) == (["db", "unrouted", "web"], [])


async def test_the_graph_shows_what_is_in_trouble(harness: Harness) -> None:
    client = await started(harness)
    await draw(client, "web>db")
    for severity in ("low", "high", "medium"):
        await client.post("/incidents", json={"title": "slow", "service_id": "db", "severity": severity})
    graph = (await client.get("/services/graph")).json()
    assert graph["edges"] == [{"from": "web", "to": "db", "kind": "hard"}]
    assert {one["id"]: one["severity"] for one in graph["nodes"]} == {"web": None, "db": "high", "unrouted": None}


@pytest.mark.alone
async def test_another_replica_sees_within_a_second_what_is_in_trouble(harness: Harness) -> None:
    client = await started(harness)
    other = harness.client(await harness.start("incident", build, instance="incident.2"))
    await draw(client, "web>db")

    async def ask() -> Any:
        nodes = (await other.get("/services/graph")).json()["nodes"]
        return {one["id"]: one["severity"] for one in nodes if one["severity"]}

    await client.post("/incidents", json={"title": "slow", "service_id": "db", "severity": "low"})
    await eventually(ask, until=lambda worst: worst == {"db": "low"}, seconds=1)
    made = await client.post("/incidents", json={"title": "slow", "service_id": "db", "severity": "high"})
    await eventually(ask, until=lambda worst: worst == {"db": "high"}, seconds=1)
    resolved = await client.post(f"/incidents/{made.json()['id']}/resolve", json={"root_cause": "the disk was full"})
    assert resolved.status_code == 200, resolved.text
    await eventually(ask, until=lambda worst: worst == {"db": "low"}, seconds=1)


@pytest.mark.parametrize("path", ["/services/graph", "/services/web/dependencies", "/services/api/impact"])
async def test_who_has_the_answer_is_told_so_until_the_map_changes(harness: Harness, path: str) -> None:
    client = await started(harness)
    await draw(client, "web>api")
    first = await client.get(path)
    known = {"If-None-Match": first.headers["ETag"]}
    again = await client.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    await draw(client, "web>db", "shop>web")
    changed = await client.get(path, headers=known)
    assert (changed.status_code, changed.content != first.content) == (200, True)


async def test_another_replica_sees_a_new_edge(harness: Harness) -> None:
    client = await started(harness)
    other = await harness.start("incident", build, instance="incident.2")
    await draw(client, "web>db")
    assert seen((await harness.client(other).get("/services/db/impact")).json()["items"]) == [
        ("web", 1, "dbweb", "hard")
    ]
    await client.delete("/services/web")

    async def ask() -> Any:
        return (await harness.client(other).get("/services/db/impact")).json()["items"]

    assert await eventually(ask, until=lambda items: items == []) == []


async def test_a_team_draws_its_own_edges_to_whatever_it_needs_and_sees_its_own_part(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    admin = harness.client(runtime)
    team = harness.client(runtime, Identity(key_id="k", name="web team", role=Role.MANAGER, teams=("web",)))
    viewer = harness.client(runtime, Identity(key_id="v", name="viewer", role=Role.VIEWER))
    await admin.post("/services", json={"id": "web", "name": "Web", "team": "web"})
    await admin.post("/services", json={"id": "db", "name": "Store", "team": "data"})

    body = {"depends_on": ["db"]}
    assert (await viewer.post("/services/web/dependencies", json=body)).status_code == 403
    assert (await team.post("/services/db/dependencies", json={"depends_on": ["web"]})).status_code == 403
    assert (await team.post("/services/web/dependencies", json=body)).status_code == 201
    assert seen((await team.get("/services/web/dependencies")).json()["items"]) == [("db", 1, "webdb", "hard")]
    assert (await team.get("/services/db/impact")).status_code == 404
    assert (await viewer.get("/services/db/impact")).json()["total"] == 1
    assert [one["id"] for one in (await team.get("/services/graph")).json()["nodes"]] == ["web"]
    assert (await admin.delete("/services/web/dependencies/db")).status_code == 204


async def test_services_are_listed_by_what_is_asked_for(harness: Harness) -> None:
    client = await started(harness)
    await client.post("/services", json={"id": "web", "name": "Front", "team": "web", "tier": 1, "tags": ["pci"]})
    await client.post("/services", json={"id": "db", "name": "Store", "team": "data", "tier": 2})

    async def listed(query: str) -> list[str]:
        return [one["id"] for one in (await client.get(f"/services?{query}")).json()["items"]]

    assert (
        await listed("team=web")
        == await listed("tier=1")
        == await listed("tag=pci")
        == await listed("q=FRONT")
        == ["web"]
    )
    assert await listed("tier=2&q=STORE") == ["db"]
    assert (await client.get("/services?tier=9")).status_code == 422


async def test_an_incident_keeps_the_blast_radius_that_it_opened_with(harness: Harness) -> None:
    client = await started(harness)
    await draw(client, "web>api", "api~db", "db>disk", "jobs>db", "lone>rock")
    body = {"title": "db is slow", "service_id": "api", "affected_components": ["JOBS", "no such thing"]}
    opened = (await client.post("/incidents", json=body)).json()
    radius = opened["blast_radius"]
    assert seen(radius["upstream"]) == [("db", 1, "jobsdb", "hard"), ("disk", 2, "jobsdbdisk", "hard")]
    assert seen(radius["downstream"]) == [("web", 1, "apiweb", "hard")]
    await client.delete("/services/web")
    for answer in (
        await client.get(f"/incidents/{opened['id']}"),
        await client.post(f"/incidents/{opened['id']}/ack"),
    ):
        assert answer.json()["blast_radius"] == radius
    (listed,) = (await client.get("/incidents")).json()["items"]
    assert listed["blast_radius"] | {"upstream": [], "downstream": []} == listed["blast_radius"]
    assert (listed["blast_radius"]["upstream_count"], listed["blast_radius"]["downstream_count"]) == (2, 1)


async def test_an_incident_that_an_alert_opens_has_its_blast_radius(harness: Harness) -> None:
    client = await started(harness)
    await draw(client, "web>api", "api>db")
    await harness.publish(make_event("a1", service_id="api", service_claim="api"))

    async def ask() -> Any:
        return (await client.get("/incidents")).json()["items"]

    (listed,) = await eventually(ask, until=lambda items: len(items) == 1)
    radius = (await client.get(f"/incidents/{listed['id']}")).json()["blast_radius"]
    assert seen(radius["upstream"]) == [("db", 1, "apidb", "hard")]
    assert seen(radius["downstream"]) == [("web", 1, "apiweb", "hard")]


async def test_an_incident_without_a_service_is_tied_by_its_components(harness: Harness) -> None:
    client = await started(harness)
    await draw(client, "web>db")
    opened = await client.post("/incidents", json={"title": "disk", "affected_components": ["DB"]})
    assert seen(opened.json()["blast_radius"]["downstream"]) == [("web", 1, "dbweb", "hard")]
    bare = await client.post("/incidents", json={"title": "who knows"})
    assert bare.json()["blast_radius"]["downstream"] == []


FILE = """
services:
  - id: web
    name: Web
    tier: 1
    depends_on: [api, {service_id: cdn, kind: soft}]
  - {id: api, name: API, slo: {target: 0.999}}
  - {id: cdn, name: "محتوا", description: "配信\\n # not a comment"}
"""


async def test_a_file_is_shown_then_imported_once_and_exported_as_it_is(harness: Harness) -> None:
    client = await started(harness)
    yaml = {"Content-Type": "application/yaml"}
    shown = (await client.post("/services/import?dry_run=true", content=FILE, headers=yaml)).json()
    assert ([one["id"] for one in shown["diff"]], shown["dry_run"]) == (["web", "api", "cdn"], True)
    assert (await client.get("/services/web")).status_code == 404
    done = (await client.post("/services/import", content=FILE, headers=yaml)).json()
    assert (done["created"], done["updated"], done["unchanged"]) == (3, 0, 0)
    assert done["diff"] == shown["diff"]
    assert seen((await client.get("/services/cdn/impact")).json()["items"]) == [("web", 1, "cdnweb", "soft")]
    assert (await client.get("/services/cdn")).json()["name"] == "محتوا"

    again = (await client.post("/services/import", content=FILE, headers=yaml)).json()
    assert (again["created"], again["updated"], again["unchanged"], again["diff"]) == (0, 0, 3, [])
    exported = await client.get("/services/export")
    assert exported.headers["Content-Type"].startswith("application/yaml")
    back = (await client.post("/services/import?prune=true", content=exported.content, headers=yaml)).json()
    assert (back["unchanged"], back["diff"]) == (4, [])

    body = {"services": [{"id": "web", "tier": 2}]}
    pruned = (await client.post("/services/import?prune=true", json=body)).json()
    assert (pruned["updated"], pruned["deleted"]) == (1, 2)
    assert pruned["diff"][0]["changes"] == [{"field": "tier", "before": 1, "after": 2}]


async def test_a_file_with_a_fault_changes_nothing(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    client = harness.client(runtime)
    faulty = FILE + "  - {id: db, name: Store, depends_on: [nobody], owner: me}\n"
    assert problem(await client.post("/services/import", content=faulty)) == (422, "invalid", ["/services/3/owner"])
    faulty = FILE + "  - {id: db, name: Store, depends_on: [nobody]}\n"
    refused = await client.post("/services/import", content=faulty)
    assert problem(refused) == (422, "invalid", ["/services/3/depends_on/0"])
    assert problem(await client.post("/services/import", content="a: [")) == (400, "malformed", [""])
    responder = harness.client(runtime, Identity(key_id="r", name="responder", role=Role.RESPONDER))
    assert (await responder.post("/services/import", content=FILE)).status_code == 403
    assert [one["id"] for one in (await client.get("/services")).json()["items"]] == ["unrouted"]
