"""Status pages over HTTP: kept with a key, read by everybody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.comms.app import build
from services.comms.status_pages.store import StatusPages
from shared.callers.identity import Identity
from shared.runtime import Runtime
from shared.testing.harness import PLAIN, Harness, eventually
from shared.vocabulary import Role, Urgency
from tests.unit.comms.builders import incident_told, make_incident

pytestmark = pytest.mark.integration

VIEWER = Identity(key_id="viewer", name="viewer", role=Role.VIEWER)
RESPONDER = Identity(key_id="mona", name="mona", role=Role.RESPONDER)
OTHER_TEAM = Identity(key_id="shop", name="shop", role=Role.MANAGER, teams=("shop",))
PAGE = {
    "slug": "acme",
    "name": "Acme",
    "team": "payments",
    "components": [
        {"id": "api", "name": "API", "service_ids": ["payments"]},
        {"id": "web", "name": "Website", "service_ids": ["shop"], "group": "Europe"},
    ],
}


class Stage:
    """Comms with a page, and the ways to it."""

    def __init__(self, harness: Harness, runtime: Runtime) -> None:
        self.harness = harness
        self.runtime = runtime
        self.api = harness.client(runtime)

    def public(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.runtime.port}", timeout=30, trust_env=False, verify=PLAIN
        )

    async def update(self, status: str, *components: tuple[str, str], expect: int = 201, **more: Any) -> Any:
        body = {
            "page": "acme",
            "status": status,
            "message": f"We say {status}.",
            "components": [{"id": key, "status": state} for key, state in components],
        }
        answer = await self.api.post("/status-pages/updates", json=body | more)
        assert answer.status_code == expect, answer.text
        return answer.json()


@pytest.fixture
async def stage(harness: Harness) -> Stage:
    one = Stage(harness, await harness.start("comms", build))
    made = await one.api.post("/status-pages", json=PAGE)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/status-pages/acme"
    return one


async def test_a_page_is_made_read_edited_and_taken_off(stage: Stage) -> None:
    read = await stage.api.get("/status-pages/acme")
    assert read.json()["url"].endswith("/status/acme")
    assert [one["status"] for one in read.json()["components"]] == ["operational", "operational"]
    assert (await stage.api.post("/status-pages", json=PAGE)).status_code == 409
    stale = await stage.api.patch("/status-pages/acme", json={"name": "B"}, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    edited = await stage.api.patch(
        "/status-pages/acme", json={"name": "Acme!"}, headers={"If-Match": read.headers["etag"]}
    )
    assert (edited.status_code, edited.json()["name"]) == (200, "Acme!")
    assert [one["slug"] for one in (await stage.api.get("/status-pages")).json()["items"]] == ["acme"]
    assert (await stage.api.delete("/status-pages/acme")).status_code == 204
    assert (await stage.api.get("/status-pages/acme")).status_code == 404
    async with stage.public() as anybody:
        assert (await anybody.get("/status/acme")).status_code == 404
    assert (await stage.api.post("/status-pages", json=PAGE)).status_code == 201


async def test_who_may_not_is_refused(stage: Stage) -> None:
    viewer = stage.harness.client(stage.runtime, VIEWER)
    other = stage.harness.client(stage.runtime, OTHER_TEAM)
    body = {"page": "acme", "status": "investigating", "message": "x"}
    assert (await viewer.post("/status-pages", json=PAGE)).status_code == 403
    assert (await viewer.post("/status-pages/updates", json=body)).status_code == 403
    assert (await other.get("/status-pages/acme")).status_code == 404
    assert (await other.patch("/status-pages/acme", json={"name": "Mine"})).status_code == 403
    assert (await other.post("/status-pages/updates", json=body)).status_code == 403
    responder = stage.harness.client(stage.runtime, RESPONDER)
    assert (await responder.post("/status-pages", json=PAGE | {"slug": "mine"})).status_code == 403


@pytest.mark.parametrize(
    "body, pointer",
    [
        pytest.param({"page": "nobody", "status": "investigating", "message": "x"}, "/page", id="a page"),
        pytest.param({"page": "acme", "status": "broken", "message": "x"}, "/status", id="a status"),
        pytest.param({"page": "acme", "status": "investigating", "message": " "}, "/message", id="no message"),
        pytest.param(
            {"page": "acme", "status": "investigating", "message": "x", "components": [{"id": "db", "status": "down"}]},
            "/components/0/status",
            id="a state",
        ),
        pytest.param(
            {
                "page": "acme",
                "status": "investigating",
                "message": "x",
                "components": [{"id": "db", "status": "major_outage"}],
            },
            "/components/0/id",
            id="a component",
        ),
        pytest.param(
            {"page": "acme", "status": "investigating", "message": "x", "incident_id": "INC-20260101-0001"},
            "/incident_id",
            id="an incident",
        ),
    ],
)
async def test_what_is_not_there_is_pointed_at(stage: Stage, body: dict[str, Any], pointer: str) -> None:
    refused = await stage.api.post("/status-pages/updates", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_an_update_shows_everywhere_and_its_end_too(stage: Stage) -> None:
    posted = await stage.update("investigating", ("api", "major_outage"), impact="critical")
    async with stage.public() as anybody:
        html = (await anybody.get("/status/acme")).text
        assert "We say investigating." in html
        assert "Major outage" in html
        summary = (await anybody.get("/status/acme/api/v2/summary.json")).json()
        assert summary["status"]["indicator"] == "critical"
        assert [one["id"] for one in summary["incidents"]] == [posted["post_id"]]
        await stage.update("resolved", post_id=posted["post_id"])
        html = (await anybody.get("/status/acme")).text
        assert "All systems operational" in html
        for path in ("history", f"incidents/{posted['post_id']}", "feed.atom", "feed.rss", "api/v2/incidents.json"):
            answer = await anybody.get(f"/status/acme/{path}")
            assert answer.status_code == 200
            assert "We say resolved." in answer.text, path
    pages = StatusPages(stage.runtime)
    page = await pages.get("acme")
    assert page is not None
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    found = await eventually(lambda: pages.ended_periods(page.key, long_ago))
    assert [(one.component_id, one.state.value) for one in found] == [("api", "major_outage")]
    uptime = (await stage.api.get("/status-pages/acme/uptime")).json()["components"][0]
    assert uptime["days"][-1]["worst"] == "major_outage"


async def test_posts_are_listed_newest_first_page_by_page(stage: Stage) -> None:
    ids = [(await stage.update("resolved", title=f"Trouble {number}"))["post_id"] for number in range(7)]
    shown: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        answer = (await stage.api.get("/status-pages/acme/posts", params=query)).json()
        shown += [one["id"] for one in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert shown == ids[::-1]
    one = (await stage.api.get(f"/status-pages/acme/posts/{ids[0]}")).json()
    assert (one["title"], one["status"]) == ("Trouble 0", "resolved")
    assert (await stage.api.get("/status-pages/acme/posts/nothing")).status_code == 404


async def test_an_update_of_an_incident_is_told_for_its_timeline(stage: Stage) -> None:
    fact = make_incident("INC-20261121-0007", service_id="payments", team="payments")
    await stage.harness.publish(incident_told(fact, 1, "incident.opened.v1"))
    posted = await stage.update("investigating", ("api", "partial_outage"), incident_id=fact.id)
    told = await stage.harness.event("communication.noted.v1")
    assert (told.data.incident_id, told.data.kind, told.data.id) == (fact.id, "status_page", posted["id"])  # type: ignore[attr-defined]
    again = await stage.update("identified", incident_id=fact.id)
    assert again["post_id"] == posted["post_id"]


@pytest.mark.parametrize(
    "marks, code",
    [
        pytest.param({"drill_id": "drill-1"}, "drill", id="a drill"),
        pytest.param({"imported": True}, "imported_incident", id="an imported one"),
        pytest.param(
            {"prediction_id": "p1", "urgency": Urgency.LOW}, "low_urgency_prediction", id="a quiet prediction"
        ),
    ],
)
async def test_what_must_not_leave_the_house_is_not_published(stage: Stage, marks: dict[str, Any], code: str) -> None:
    fact = make_incident("INC-20261121-0008", service_id="payments").model_copy(update=marks)
    await stage.harness.publish(incident_told(fact, 1, "incident.opened.v1"))
    refused = await stage.update("investigating", ("api", "major_outage"), incident_id=fact.id, expect=409)
    assert refused["code"] == code
    async with stage.public() as anybody:
        assert "We say" not in (await anybody.get("/status/acme")).text


async def test_a_maintenance_begins_and_ends_by_itself(stage: Stage) -> None:
    now = datetime.now(UTC)
    times: dict[str, Any] = {
        "scheduled_for": (now + timedelta(seconds=1)).isoformat(),
        "scheduled_until": (now + timedelta(seconds=3)).isoformat(),
    }
    planned = await stage.update("scheduled", ("web", "under_maintenance"), **times)
    path = f"/status-pages/acme/posts/{planned['post_id']}"

    async def status() -> str:
        return str((await stage.api.get(path)).json()["status"])

    assert await status() == "scheduled"
    await eventually(status, until=lambda it: it == "in_progress")
    states = [one["status"] for one in (await stage.api.get("/status-pages/acme")).json()["components"]]
    assert states == ["operational", "under_maintenance"]
    await eventually(status, until=lambda it: it == "completed")


async def test_a_reader_who_has_the_page_is_told_so(stage: Stage) -> None:
    async with stage.public() as anybody:
        first = await anybody.get("/status/acme")
        assert "max-age=1" in first.headers["cache-control"]
        assert "default-src 'none'" in first.headers["content-security-policy"]
        again = await anybody.get("/status/acme", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_updates_at_once_are_all_kept(stage: Stage) -> None:
    first = await stage.update("investigating", ("api", "major_outage"))
    await asyncio.gather(*(stage.update("identified", post_id=first["post_id"], message=str(n)) for n in range(5)))
    post = (await stage.api.get(f"/status-pages/acme/posts/{first['post_id']}")).json()
    assert len(post["updates"]) == 6


@pytest.mark.parametrize("locale", ["en", "ja", "fa"])
async def test_where_nothing_is_there_is_a_way_on_in_the_readers_language(stage: Stage, locale: str) -> None:
    await stage.api.patch("/status-pages/acme", json={"locale": locale})
    async with stage.public() as anybody:
        lost = await anybody.get("/status/acme/incidents/nothing")
        mistyped = await anybody.get("/status/acme/nothing/x")
        nowhere = await anybody.get("/status/nobody")
        assert (await anybody.get("/status/acme/api/v2/nothing.json")).json()["code"] == "not_found"
        assert (await anybody.post("/status/acme/nothing")).status_code in (404, 405)
    for answer, onward in ((lost, "/status/acme"), (mistyped, "/status/acme"), (nowhere, "/")):
        assert answer.status_code == 404
        assert f'<section lang="{locale}"' in answer.text
        assert f'<a href="{onward}">' in answer.text
        assert "no-store" in answer.headers["cache-control"]


async def test_a_post_that_lasted_is_shown_where_it_began_before_what_is_shown(stage: Stage) -> None:
    """Its beginning is out of sight, its end is not."""
    posted = await stage.update("investigating", ("api", "major_outage"), title="It broke long ago")
    ended = await stage.update("resolved", post_id=posted["post_id"])
    pages = StatusPages(stage.runtime)
    page = await pages.get("acme")
    assert page is not None
    began = datetime.fromisoformat(ended["created_at"])
    await eventually(lambda: pages.posts.find_one({"_id": posted["post_id"], "ended_at": {"$ne": None}}))
    later = page.model_copy(update={"recent": ()})
    earlier = began - timedelta(days=20)
    await pages.posts.update_one({"_id": posted["post_id"]}, {"$set": {"started_at": earlier, "shown_at": earlier}})
    found = await pages.lasting(later, since=began - timedelta(days=6), until=began + timedelta(days=6), limit=10)
    assert [one.id for one in found] == [posted["post_id"]]
    assert not await pages.lasting(later, since=began - timedelta(days=10), until=began - timedelta(days=8), limit=10)
