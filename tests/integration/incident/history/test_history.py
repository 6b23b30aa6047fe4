"""The whole history out and in again: the same bytes, each row's fate told, and nothing doubled by sending it twice."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.callers.identity import Identity
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role

pytestmark = pytest.mark.integration
OLD = "2019-03-04T08:00:00Z"


def row(title: str = "Database down", **more: Any) -> dict[str, Any]:
    return {"title": title, "created_at": OLD} | more


async def bring_in(client: httpx2.AsyncClient, *rows: Any) -> dict[str, Any]:
    answer = await client.post("/history/import", json={"incidents": list(rows)})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert told["read"] == told["imported"] + told["already_there"] + len(told["rejected"])
    return told


async def export(client: httpx2.AsyncClient) -> bytes:
    answer = await client.get("/history/export")
    assert answer.status_code == 200
    return answer.content


FULL = row(
    id="INC-20190304-000417",
    description="It fell\nover.",
    status="closed",
    severity="critical",
    priority="high",
    category="performance",
    service_id="old-payments",
    service_name="Old payments",
    team="gone",
    affected_components=["db"],
    impact="Nobody could pay.",
    alerts={"count": 3, "firing": 0},
    assignees=["山田 太郎"],
    participants=["山田 太郎", "sara"],
    roles=[{"role": "commander", "name": "Commander", "user_id": "sara", "since": OLD, "duties": ["Lead"]}],
    started_at="2019-03-04T07:59:00Z",
    acknowledged_at="2019-03-04T08:05:00.123456Z",
    acknowledged_by="sara",
    resolved_at="2019-03-04T11:00:00+02:00",
    resolved_by="sara",
    actions_taken=["Restarted the pool"],
    root_cause="پایگاه داده",
    preventive_measures=["A larger pool"],
    blast_radius={
        "upstream": [{"service_id": "db", "distance": 1, "path": ["old-payments", "db"], "kind": "hard"}],
        "downstream": [
            {"service_id": "shop", "distance": 1, "path": ["old-payments", "shop"], "kind": "soft"},
            {"service_id": "app", "distance": 2, "path": ["old-payments", "shop", "app"], "kind": "soft"},
        ],
    },
    timeline=[
        {"at": "2019-03-04T08:05:00Z", "author": "sara", "kind": "note", "text": "second"},
        {"at": OLD, "author": "tocsin", "kind": "opened", "text": "first"},
        {"at": OLD, "author": "tocsin", "kind": "alert", "text": "also first"},
    ],
    postmortem={
        "state": "published",
        "sections": {"summary": "It fell."},
        "published_at": "2019-03-06T08:00:00Z",
        "comments": [{"text": "Good.", "author": "sara", "at": "2019-03-05T08:00:00Z"}],
    },
    actions=[{"id": "act_1", "title": "More pool", "due_on": "2019-04-01", "assignee_id": "sara"}, {"title": "x"}],
)


async def test_what_was_exported_is_imported_elsewhere_as_the_same_bytes(harness: Harness) -> None:
    incident = await harness.start("incident", build)
    client = harness.client(incident)
    service = {"id": "payments", "name": "Payments", "team": "team-a", "urgency": "low"}
    assert (await client.post("/services", json=service)).status_code == 201
    assert (await client.post("/services", json={"id": "shop", "name": "Shop"})).status_code == 201
    needs = {"depends_on": ["payments"], "kind": "hard"}
    assert (await client.post("/services/shop/dependencies", json=needs)).status_code in (200, 201)
    lived = (await client.post("/incidents", json={"title": "Here", "service_id": "payments"})).json()["id"]
    other = (await client.post("/incidents", json={"title": "Other", "service_id": "payments"})).json()["id"]
    for path, body in (
        (f"/incidents/{lived}/timeline", {"text": "Found it."}),
        (f"/incidents/{lived}/roles", {"role": "commander", "user_id": "sara"}),
        (f"/incidents/{lived}/resolve", {"root_cause": "A pool", "actions_taken": ["Restart"]}),
        (f"/incidents/{other}/merge", {"into": lived}),
        ("/postmortems", {"incident_id": lived}),
        (f"/postmortems/PM-{lived}/comments", {"text": "Hm."}),
        (f"/postmortems/PM-{lived}/actions", {"title": "Watch it", "due_on": "2026-01-01"}),
    ):
        assert (await client.post(path, json=body)).status_code < 300 or "merge" in path
    told = await bring_in(client, FULL, row(), row("Another", status="in_progress"))
    assert (told["imported"], told["rejected"]) == (3, [])

    first = await eventually(
        lambda: export(client), until=lambda text: b"post-mortem was begun" in text and b'"Watch it"' in text
    )
    rows = json.loads(first)["incidents"]
    assert [one["id"] for one in rows] == sorted(one["id"] for one in rows)
    assert all(list(one) == sorted(one) for one in rows)
    assert {"version", "imported", "sla"}.isdisjoint(rows[0])
    lines = await client.get("/history/export", headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line) for line in lines.content.splitlines()] == rows

    # the same stack again knows all of them
    again = await client.post("/history/import", content=first, headers={"Content-Type": "application/json"})
    assert (again.json()["already_there"], again.json()["noted"]) == (len(rows), [])

    elsewhere = harness.client(await harness.start("incident2", build))
    whole = await elsewhere.post("/history/import", content=lines.content, headers=dict(lines.headers))
    assert (whole.json()["imported"], whole.json()["rejected"]) == (len(rows), [])
    assert await export(elsewhere) == first


async def test_each_rows_fate_is_told_and_the_good_ones_are_in(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    here = (await client.post("/incidents", json={"title": "Live"})).json()["id"]
    told = await bring_in(
        client,
        row("good"),
        {"title": "no time"},
        row("ends before", resolved_at="2018-01-01T00:00:00Z"),
        row("x" * 1_000_000),
        row("future", created_at="2999-01-01T00:00:00Z"),
        "no object",
        row("odd id", id="42"),
        row("live", id=here),
        row("no zone", created_at="2019-03-04 08:00:00", nonsense=1),
        row("unknown", service_id="nowhere", assignees=["nobody"]),
        row("six", id="INC-20190304-000005"),
        row("same number", id="INC-20190304-0005"),
        row("twice", id="INC-20190304-000005"),
        row("nan", alerts={"count": "NaN"}),
    )
    assert {one["place"] for one in told["rejected"]} == {2, 3, 4, 5, 6, 7, 12, 14}
    assert (told["imported"], told["already_there"]) == (4, 2)
    notes = {one["place"]: one["notes"] for one in told["noted"]}
    assert notes.keys() == {8, 9, 10, 13}
    assert (await client.get(f"/incidents/{here}")).json()["title"] == "Live"
    assert (await client.get("/incidents/INC-20190304-000005")).json()["title"] == "six"


async def test_rows_without_an_id_are_known_by_content_and_count(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    assert (await bring_in(client, row(), row(), row("other")))["imported"] == 3
    assert (await bring_in(client, row(), row(), row(), row("other")))["imported"] == 1
    assert (await bring_in(client, row(occurrence=3), row(occurrence=4)))["imported"] == 1
    assert len((await client.get("/incidents")).json()["items"]) == 5


async def test_an_imported_number_is_passed_over(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    first = (await client.post("/incidents", json={"title": "x"})).json()
    day, at = first["id"][4:12], first["created_at"]
    told = await bring_in(client, *(row(id=f"INC-{day}-{n:04d}", created_at=at) for n in range(2, 40)))
    assert told["imported"] == 38
    made = [(await client.post("/incidents", json={"title": "x"})).json()["id"] for _ in range(3)]
    assert made[0] == f"INC-{day}-0040"
    assert made == sorted(set(made))  # numbers that were taken ahead are gaps
    assert len((await client.get("/incidents")).json()["items"]) == 42


async def test_a_key_of_a_team_brings_in_and_takes_out_its_own_only(harness: Harness) -> None:
    incident = await harness.start("incident", build)
    admin = harness.client(incident)
    assert (await admin.post("/services", json={"id": "a", "name": "A", "team": "team-a"})).status_code == 201
    limited = Identity(key_id="b", name="b", role=Role.MANAGER, teams=("team-b",))
    client = harness.client(incident, limited)
    told = await bring_in(
        client, row("own", team="team-b"), row("theirs", team="team-a"), row("nobody's"),
        row("on their service", team="team-b", service_id="a"),
    )  # fmt: skip
    assert (told["imported"], [one["place"] for one in told["rejected"]]) == (1, [2, 3, 4])
    await bring_in(admin, row("hidden", id="INC-20190304-0777", team="team-a"))
    others = {"incidents": [row("hidden", id="INC-20190304-0777", team="team-b"), row("theirs", team="team-a")]}
    assert (await client.post("/history/import", json=others)).status_code == 403
    assert [one["title"] for one in json.loads(await export(client))["incidents"]] == ["own"]
    viewer = harness.client(incident, limited.model_copy(update={"role": Role.RESPONDER}))
    assert (await viewer.post("/history/import", json={"incidents": []})).status_code == 403


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
async def test_a_body_is_read_in_any_of_unicodes_encodings(harness: Harness, encoding: str) -> None:
    client = harness.client(await harness.start("incident", build))
    body = json.dumps({"incidents": [row("データベース")]}, ensure_ascii=False).encode(encoding)
    answer = await client.post("/history/import", content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["imported"] == 1
    assert "データベース".encode() in await export(client)
