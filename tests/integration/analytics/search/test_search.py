"""Search through HTTP: documents come by events, and are found within seconds, by whoever may see them."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.analytics.app import build
from services.analytics.search.entry import Entry, EntryKind
from services.analytics.search.index import SearchIndex
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.actions import ActionFact
from shared.events.incidents import IncidentFact
from shared.events.postmortems import PostmortemFact
from shared.ids import fresh
from shared.mongo import Database
from shared.runtime import Runtime
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from shared.testing.story import BEGAN
from shared.vocabulary import IncidentStatus, Role

pytestmark = pytest.mark.integration

VIEWER = Identity(key_id="v", name="viewer", role=Role.VIEWER)
FOUND_SECONDS = 10


def incident(id: str, title: str, sequence: int = 1, **fields: Any) -> Event:
    fact = example("incident.resolved.v1").data
    assert isinstance(fact, IncidentFact)
    plain: dict[str, Any] = {
        "id": id,
        "title": title,
        "description": "",
        "impact": "",
        "affected_components": [],
        "drill_id": None,
        "imported": False,
        "merged_into": None,
        "prediction_id": None,
        "service_id": "shop",
        "service_name": "Shop",
        "team": "team-a",
        "root_cause": "",
        "actions_taken": [],
        "preventive_measures": [],
        "status": IncidentStatus.RESOLVED,
        "created_at": BEGAN,
    }
    told = fact.model_copy(update=plain | fields)
    return make("incident.changed.v1", subject=id, sequence=sequence, time=BEGAN, data=told)


async def ask(client: httpx2.AsyncClient, q: str, **narrow: Any) -> list[dict[str, Any]]:
    answer = await client.get("/knowledge-base/search", params={"q": q, **narrow})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def ids(client: httpx2.AsyncClient, q: str, **narrow: Any) -> list[str]:
    return [one["id"] for one in await ask(client, q, **narrow)]


async def found(client: httpx2.AsyncClient, q: str, id: str) -> None:
    await eventually(lambda: ids(client, q), until=lambda seen: id in seen, seconds=FOUND_SECONDS)


POOL = incident(
    "INC-20260101-0001",
    "Connection pool exhausted",
    description="Checkout <b>answered</b> 503",
    actions_taken=["Restarted the pool"],
    root_cause="Idle transactions",
)


async def test_what_happened_before_is_found_with_what_ended_it_in_three_languages(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    client = harness.client(runtime, VIEWER)
    await harness.publish(
        POOL,
        incident("INC-20260101-0002", "データベースに接続できない", root_cause="接続プールの枯渇"),
        incident("INC-20260101-0003", "گواهی منقضی شد", actions_taken=["گواهی تمدید شد"]),
    )
    await found(client, "connektion pool exhasted", "INC-20260101-0001")
    await found(client, "ＤＢ接続", "INC-20260101-0002")
    await found(client, "گواهي منقضي", "INC-20260101-0003")
    first = (await ask(client, "connektion pool checkout"))[0]
    assert first["kind"] == "incident"
    assert first["title"] == "Connection pool exhausted"
    assert first["solution"] == "Restarted the pool\nIdle transactions"
    assert 0 < first["score"] <= 1
    assert {"asked": "connektion", "way": "alike"} in first["found_by"]
    assert first["reason"].startswith("has 3 of 3 terms")
    assert any(piece["marked"] for piece in first["excerpt"])
    assert await ids(client, "giraffe violin lessons") == []
    assert await ids(client, "…!?") == []


async def test_postmortems_and_actions_are_found_and_drills_and_what_was_withdrawn_are_not(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    client = harness.client(runtime, VIEWER)
    paper = example("postmortem.changed.v1").data
    item = example("action.changed.v1").data
    assert isinstance(paper, PostmortemFact)
    assert isinstance(item, ActionFact)
    paper = paper.model_copy(update={"id": "pm_1", "title": "zeppelin outage", "drill": False, "published_at": BEGAN})
    item = item.model_copy(update={"id": "act_1", "title": "zeppelin limits", "drill": False, "deleted": False})

    def papers(sequence: int, **fields: Any) -> Event:
        told = paper.model_copy(update=fields)
        return make("postmortem.changed.v1", subject="pm_1", sequence=sequence, time=BEGAN, data=told)

    await harness.publish(
        papers(1),
        make("action.changed.v1", subject="act_1", sequence=1, time=BEGAN, data=item),
        incident("INC-20260101-0004", "zeppelin practice", drill_id="d1"),
        incident("INC-20260101-0005", "zeppelin imported", imported=True),
    )
    seen = {"pm_1", "act_1", "INC-20260101-0005"}
    await eventually(lambda: ids(client, "zeppelin"), until=lambda found: set(found) == seen, seconds=FOUND_SECONDS)
    assert await ids(client, "zeppelin", kind="postmortem,action", sort="x") != []
    assert set(await ids(client, "zeppelin", kind="postmortem,action")) == {"pm_1", "act_1"}
    await harness.publish(papers(2, published_at=None))
    await eventually(lambda: ids(client, "zeppelin", kind="postmortem"), until=lambda found: found == [], seconds=10)


async def test_a_key_of_a_team_finds_what_is_its_teams_and_filters_narrow(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    later = BEGAN + timedelta(days=3)
    await harness.publish(
        incident("INC-20260101-0011", "replica lag one"),
        incident("INC-20260101-0012", "replica lag two", team="team-b", service_id="maps", created_at=later),
        incident("INC-20260101-0013", "replica lag three", team=None),
    )
    client = harness.client(runtime, VIEWER)
    every = {"INC-20260101-0011", "INC-20260101-0012", "INC-20260101-0013"}
    await eventually(lambda: ids(client, "replica lag"), until=lambda seen: set(seen) == every, seconds=FOUND_SECONDS)
    limited = harness.client(runtime, VIEWER.model_copy(update={"teams": ("team-b",)}))
    assert await ids(limited, "replica lag") == ["INC-20260101-0012"]
    assert await ids(client, "replica lag", service_id="maps, other") == ["INC-20260101-0012"]
    assert set(await ids(client, "replica lag", **{"from": later.isoformat()})) == {"INC-20260101-0012"}
    assert set(await ids(client, "replica lag", to=later.isoformat())) == every - {"INC-20260101-0012"}
    page = (await client.get("/knowledge-base/search", params={"q": "replica lag", "limit": 2})).json()
    rest = (
        await client.get(
            "/knowledge-base/search", params={"q": "replica lag", "limit": 2, "cursor": page["next_cursor"]}
        )
    ).json()
    assert [len(page["items"]), len(rest["items"]), rest["next_cursor"]] == [2, 1, None]
    assert page["complete"]
    assert {one["id"] for one in page["items"] + rest["items"]} == every


@pytest.mark.parametrize(
    "params,pointer",
    [
        pytest.param({}, "/q", id="no question"),
        pytest.param({"q": ""}, "/q", id="empty"),
        pytest.param({"q": "x" * 501}, "/q", id="too long"),
        pytest.param({"q": "x", "kind": "poem"}, "/kind", id="kind"),
        pytest.param({"q": "x", "from": "never"}, "/from", id="time"),
        pytest.param({"q": "x", "limit": 201}, "/limit", id="limit"),
        pytest.param({"q": "x", "cursor": "nonsense"}, "/cursor", id="cursor"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(harness: Harness, params: dict[str, Any], pointer: str) -> None:
    runtime = await harness.start("analytics", build)
    refused = await harness.client(runtime, VIEWER).get("/knowledge-base/search", params=params)
    assert refused.status_code in (400, 422)
    assert pointer in [fault["pointer"] for fault in refused.json()["errors"]]


async def test_hostile_questions_are_only_text(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    client = harness.client(runtime, VIEWER)
    await harness.publish(POOL)
    await found(client, "pool", "INC-20260101-0001")
    for q in [
        'title:"pool" AND *',
        "((((",
        "\u0000\ud800pool".encode("utf-8", "replace").decode(),
        "🦒" * 200,
        "a " * 250,
    ]:
        assert isinstance(await ask(client, q), list)
    assert await ids(client, "kind:incident pool") == ["INC-20260101-0001"]


def index_of(runtime: Runtime) -> Path:
    """The folder with the files of a process's index."""
    (path,) = (runtime.settings.run_dir / "search" / runtime.settings.instance / "0").glob("*/meta.json")
    return path.parent


@pytest.fixture
def instance() -> str:
    """The name of a process that no other test has: the files of its index are of this test alone."""
    return f"analytics-{fresh()}"


async def ready(client: httpx2.AsyncClient) -> bool:
    return (await client.get("/readyz", params={"parts": "search"})).status_code == 200


async def test_an_index_goes_on_where_it_stood_and_each_replica_keeps_its_own(harness: Harness, instance: str) -> None:
    first = await harness.start("analytics", build, instance=instance)
    await harness.publish(POOL, incident("INC-20260101-0019", "narwhal"))
    await found(harness.client(first, VIEWER), "pool", "INC-20260101-0001")
    await harness.kill(first)
    left = SearchIndex(index_of(first).parents[1])
    ghost = Entry("INC-20260101-0099", EntryKind.INCIDENT, "yeti that no copy tells of")
    left.write([(ghost.key, ghost)])
    left.close()
    other = await harness.start("analytics", build, instance=f"{instance}.2")
    await harness.publish(incident("INC-20260101-0019", "walrus", sequence=2))
    await found(harness.client(other, VIEWER), "walrus", "INC-20260101-0019")
    again = await harness.start("analytics", build, instance=instance)
    client = harness.client(again, VIEWER)
    await found(client, "walrus", "INC-20260101-0019")
    assert await ids(client, "narwhal") == []
    await found(client, "pool", "INC-20260101-0001")
    assert await ids(client, "yeti") == [ghost.id], "it was not built anew"
    await harness.publish(incident("INC-20260101-0021", "penguin", sequence=1))
    for one in (again, other):
        await found(harness.client(one, VIEWER), "penguin", "INC-20260101-0021")


@pytest.mark.parametrize("harm", ["a bit", "a file", "the folder", "the database"])
async def test_whatever_becomes_of_the_files_search_answers_right_soon_after_a_start(
    harness: Harness, instance: str, harm: str
) -> None:
    first = await harness.start("analytics", build, instance=instance)
    await harness.publish(POOL, incident("INC-20260101-0030", "narwhal"))
    await found(harness.client(first, VIEWER), "narwhal", "INC-20260101-0030")
    await harness.kill(first)
    path = index_of(first)
    if harm == "a bit":
        for file in path.glob("*.term"):
            file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])
    elif harm == "a file":
        next(path.glob("*.store")).unlink()
    elif harm == "the folder":
        shutil.rmtree(path.parents[1])
    else:
        database = Database(harness.settings, "analytics")
        await database.drop()
        await database.close()
        await harness.publish(POOL)
    again = await harness.start("analytics", build, instance=instance)
    client = harness.client(again, VIEWER)
    await found(client, "pool", "INC-20260101-0001")
    await eventually(lambda: ready(client), seconds=FOUND_SECONDS)
    gone = harm == "the database"
    assert await ids(client, "narwhal") == ([] if gone else ["INC-20260101-0030"])


async def test_an_index_that_is_lost_at_work_comes_back(harness: Harness, instance: str) -> None:
    runtime = await harness.start("analytics", build, instance=instance)
    client = harness.client(runtime, VIEWER)
    await harness.publish(POOL)
    await found(client, "pool", "INC-20260101-0001")
    shutil.rmtree(index_of(runtime).parents[1])
    await harness.publish(incident("INC-20260101-0020", "narwhal"))
    await found(client, "narwhal", "INC-20260101-0020")
    await found(client, "pool", "INC-20260101-0001")


async def test_an_index_that_cannot_be_read_any_more_is_an_answer_that_is_not_complete(
    harness: Harness, instance: str
) -> None:
    runtime = await harness.start("analytics", build, instance=instance)
    client = harness.client(runtime, VIEWER)
    await harness.publish(POOL)
    await found(client, "pool", "INC-20260101-0001")

    def stores() -> set[Path]:
        """Those that make the index by now."""
        told = json.loads((index_of(runtime) / "meta.json").read_text())["segments"]
        return {index_of(runtime) / f"{one['segment_id'].replace('-', '')}.store" for one in told}

    before = stores()
    await harness.publish(incident("INC-20260101-0040", "narwhal"))
    (fresh,) = await eventually(lambda: stores() - before, seconds=FOUND_SECONDS)
    with fresh.open("r+b") as file:  # in place, and nobody has read it yet: what is mapped changes
        file.write(b"\xff" * (fresh.stat().st_size - 200))

    async def answer() -> tuple[list[Any], bool]:
        told = (await client.get("/knowledge-base/search", params={"q": "narwhal"})).json()
        return told["items"], told["complete"]

    assert await eventually(answer, until=lambda told: not told[1]) == ([], False)
    await found(client, "narwhal", "INC-20260101-0040")
    await found(client, "pool", "INC-20260101-0001")
    await eventually(lambda: ready(client), seconds=FOUND_SECONDS)
