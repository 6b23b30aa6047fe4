"""On-call on a real broker and database: incidents told on the bus start, move and stop pages."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.oncall.app import build
from shared.events import Event, make
from shared.events.incidents import IncidentFact
from shared.events.oncall import PageFact, PageState
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from tests.unit.oncall.escalations import make_incident, make_result

pytestmark = pytest.mark.integration

USERS = {
    "sara": ["mail", "hook"],
    "kenji": ["mail"],
}


class World:
    """An on-call service with two people, a weekly schedule and a policy, and a voice of its incidents."""

    def __init__(self, harness: Harness, runtime: Runtime) -> None:
        self.harness = harness
        self.runtime = runtime
        self.api = harness.client(runtime)
        self._sequences: dict[str, int] = {}

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.api.post(path, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def seed(self, **policy: Any) -> None:
        for name, methods in USERS.items():
            contact = [
                {"id": m, "channel": "email", "address": f"{name}@example.org"}
                if m == "mail"
                else {"id": m, "channel": "webhook", "address": "https://example.org/hook"}
                for m in methods
            ]
            rules = [{"urgency": "high", "after_seconds": 0, "contact_method_id": methods[0]}]
            user = {"id": name, "name": name, "email": f"{name}@example.org"}
            await self.post("/users", {**user, "contact_methods": contact, "notification_rules": rules})
        await self.post("/teams", {"id": "payments", "name": "Payments", "members": list(USERS)})
        layer = {
            "name": "week",
            "starts_at": "2026-01-05T09:00:00",
            "rotation": {"unit": "week", "turn_length": 1, "every": 1},
            "participants": ["sara"],
        }
        await self.post(
            "/schedules",
            {"id": "weekly", "name": "Weekly", "team": "payments", "time_zone": "Europe/Berlin", "layers": [layer]},
        )
        steps = [
            {"targets": [{"type": "schedule", "id": "weekly"}], "timeout_seconds": policy.pop("timeout_seconds", 300)},
            {"targets": [{"type": "user", "id": "kenji"}], "timeout_seconds": 300},
        ]
        await self.post("/escalation-policies", {"id": "p", "name": "Payments", "steps": steps, **policy})

    async def say(self, name: str, fact: IncidentFact, sequence: int | None = None) -> Event:
        """The incident service tells of an incident."""
        number = sequence or self._sequences.get(fact.id, 0) + 1
        self._sequences[fact.id] = number
        event = make(
            f"incident.{name}.v1",
            subject=fact.id,
            sequence=number,
            time=datetime.now(UTC),
            data=fact,
            correlation="request-1",
        )
        await self.harness.publish(event)
        return event

    def pages(self) -> list[PageFact]:
        """What was asked for, in order; an event that came twice under its one id counts once."""
        unique = {event.id: event.data for event in self.harness.events}
        return [page for page in unique.values() if isinstance(page, PageFact)]

    async def paged(self, count: int, *, seconds: float = 10) -> list[str]:
        await eventually(self.pages, until=lambda pages: len(pages) >= count, seconds=seconds)
        return [f"{page.user.id}/{page.method.id} {page.step}.{page.round} {page.reason}" for page in self.pages()]

    async def rows(self, incident_id: str = "INC-1") -> list[dict[str, Any]]:
        answer = await self.api.get(f"/incidents/{incident_id}/pages")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def explain(self, incident_id: str = "INC-1") -> dict[str, Any]:
        answer = await self.api.get(f"/incidents/{incident_id}/explain")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


@pytest.fixture
async def world(harness: Harness) -> World:
    return World(harness, await harness.start("oncall", build))


async def test_an_incident_pages_whoever_is_on_call_and_the_row_follows_its_page(world: World) -> None:
    await world.seed()
    opened = await world.say("opened", make_incident())
    assert await world.paged(1) == ["sara/mail 1.0 escalation"]
    asked = await world.harness.event("page.requested.v1")
    assert (asked.causationid, asked.correlationid) == (opened.id, "request-1")
    changed = await world.harness.event("escalation.changed.v1")
    assert (changed.subject, changed.sequence) == ("INC-1", 1)
    assert changed.data.model_dump()["notified"] == ["sara"]
    rows = await eventually(world.rows)
    assert [(row["user_id"], row["channel"], row["state"]) for row in rows] == [("sara", "email", "queued")]
    result = make_result(world.pages()[0], state=PageState.DELIVERED, permanent=False)
    await world.harness.publish(
        make("page.delivered.v1", subject=result.page_id, sequence=3, time=datetime.now(UTC), data=result)
    )
    await eventually(world.rows, until=lambda found: found[0]["result"] == "delivered")


async def test_nobody_answers_and_the_next_step_comes_on_time(world: World) -> None:
    await world.seed(timeout_seconds=1)
    began = asyncio.get_running_loop().time()
    await world.say("opened", make_incident())
    assert await world.paged(2) == ["sara/mail 1.0 escalation", "kenji/mail 2.0 escalation"]
    assert 0.9 < asyncio.get_running_loop().time() - began < 2.5


async def test_an_answer_in_time_means_the_next_person_is_never_paged(world: World) -> None:
    await world.seed(timeout_seconds=1)
    await world.say("opened", make_incident())
    await world.paged(1)
    await world.say("acknowledged", make_incident(1, 1))
    await world.harness.event("escalation.changed.v1", lambda event: event.data.model_dump()["state"] == "answered")
    await asyncio.sleep(1.5)
    assert len(world.pages()) == 1
    assert (await world.explain())["state"] == "answered"


async def test_news_that_come_out_of_order_never_page_what_is_answered(world: World) -> None:
    await world.seed()
    await world.say("acknowledged", make_incident(1, 1), sequence=2)
    await eventually(world.explain, until=lambda told: told["state"] == "answered")
    await world.say("opened", make_incident(), sequence=1)
    await world.say("opened", make_incident(id="INC-2"))
    await world.paged(1)
    assert {page.incident.id for page in world.pages()} == {"INC-2"}


async def test_the_same_news_again_page_nobody_again(world: World) -> None:
    await world.seed()
    for _ in range(3):
        await world.say("opened", make_incident(), sequence=1)
    await world.say("opened", make_incident(id="INC-2"))
    await world.paged(2)
    await asyncio.sleep(0.2)
    assert len(world.pages()) == 2


@pytest.mark.parametrize("permanent", [pytest.param(True, id="for good"), pytest.param(False, id="for now")])
async def test_a_page_that_fails_leads_to_the_next_method_at_once(world: World, permanent: bool) -> None:
    await world.seed()
    await world.say("opened", make_incident())
    await world.paged(1)
    result = make_result(world.pages()[0], permanent=permanent)
    for _ in range(2):
        await world.harness.publish(
            make("page.failed.v1", subject=result.page_id, sequence=3, time=datetime.now(UTC), data=result)
        )
    assert await world.paged(2) == ["sara/mail 1.0 escalation", "sara/hook 1.0 escalation"]
    await asyncio.sleep(0.3)
    assert len(world.pages()) == 2
    rows = await eventually(world.rows, until=lambda found: len(found) == 2)
    assert [(row["method_id"], row["state"]) for row in rows] == [("mail", "failed"), ("hook", "queued")]


async def test_an_acknowledgement_that_runs_out_is_told(world: World) -> None:
    await world.seed(ack_timeout_seconds=1)
    await world.say("opened", make_incident())
    await world.paged(1)
    await world.say("acknowledged", make_incident(1, 1))
    told = await world.harness.event("escalation.changed.v1", lambda event: event.data.model_dump()["ack_timed_out"])
    assert told.data.model_dump()["generation"] == 1


async def test_without_a_policy_nobody_is_told_and_that_is_said(world: World) -> None:
    await world.say("opened", make_incident(policy=None))
    told = await world.harness.event("escalation.changed.v1")
    assert (told.data.model_dump()["state"], told.data.model_dump()["detail"]) == ("nobody", "nobody_no_policy")
    assert await world.rows() == []


async def test_a_policy_made_at_another_replica_a_moment_ago_is_followed(harness: Harness) -> None:
    first = World(harness, await harness.start("oncall", build))
    await harness.start("oncall", build, instance="oncall.2")
    await first.seed()
    for number in range(20):
        await first.say("opened", make_incident(id=f"INC-{number}"))
    await first.paged(20)
    await asyncio.sleep(0.2)
    assert sorted(page.incident.id for page in first.pages()) == sorted(f"INC-{number}" for number in range(20))


async def test_two_replicas_share_what_is_due_and_double_nothing(harness: Harness) -> None:
    world = World(harness, await harness.start("oncall", build))
    await harness.start("oncall", build, instance="oncall.2")
    await world.seed(timeout_seconds=2)
    for number in range(120):
        await world.say("opened", make_incident(id=f"INC-{number}"))
    await world.paged(240, seconds=30)
    await asyncio.sleep(0.5)
    ids = [page.page_id for page in world.pages()]
    assert len(set(ids)) == len(ids) == 240


async def test_a_process_that_is_killed_loses_and_doubles_no_step(harness: Harness) -> None:
    runtime = await harness.start("oncall", build)
    world = World(harness, runtime)
    await world.seed(timeout_seconds=1)
    for number in range(50):
        await world.say("opened", make_incident(id=f"INC-{number}"))
    await world.paged(60)
    await harness.kill(runtime)
    await harness.start("oncall", build)
    await world.paged(100, seconds=10)
    await asyncio.sleep(0.5)
    assert len({page.page_id for page in world.pages()}) == 100


async def refused(answer: httpx2.Response, status: int, pointer: str | None = None) -> None:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["status"] == status
    if pointer is not None:
        assert pointer in [fault["pointer"] for fault in body["errors"]]


LAYER = {"starts_at": "2026-01-05T09:00:00", "participants": ["sara"]}


@pytest.mark.parametrize(
    "path, body, pointer",
    [
        pytest.param("/users", {"name": "x"}, "/email", id="a person without e-mail"),
        pytest.param("/teams", {"name": "a\nb"}, "/name", id="a name of two lines"),
        pytest.param("/users", {"name": " ", "email": "x@y.z"}, "/name", id="a blank name"),
        pytest.param(
            "/schedules",
            {"name": "x", "time_zone": "UTC", "layers": [LAYER, {**LAYER, "name": "a\rb"}]},
            "/layers/1/name",
            id="a layer's name of two lines",
        ),
        pytest.param("/users", {"name": "x", "email": "x@y.z", "id": "import"}, "/id", id="a reserved id"),
        pytest.param(
            "/users",
            {"name": "x", "email": "x@y.z", "notification_rules": [{"urgency": "high", "contact_method_id": "no"}]},
            "/notification_rules/0/contact_method_id",
            id="a rule for no method",
        ),
        pytest.param("/teams", {"name": "x", "members": ["sara", "no"]}, "/members/1", id="an unknown member"),
        pytest.param("/schedules", {"name": "x", "time_zone": "UTC"}, "/layers", id="no layers"),
        pytest.param("/schedules", {"name": "x", "time_zone": "X/Y", "layers": []}, "/time_zone", id="an unknown zone"),
        pytest.param(
            "/schedules",
            {"name": "x", "time_zone": "UTC", "layers": [{**LAYER, "participants": ["sara", None, "no"]}]},
            "/layers/0/participants/2",
            id="an unknown participant",
        ),
        pytest.param(
            "/schedules",
            {"name": "x", "time_zone": "UTC", "layers": [LAYER, {**LAYER, "participants": [None]}]},
            "/layers/1/participants",
            id="a layer that never has anyone",
        ),
        pytest.param(
            "/schedules",
            {"name": "x", "time_zone": "UTC", "layers": [{**LAYER, "starts_at": "2026-01-05T09:00:00Z"}]},
            "/layers/0/starts_at",
            id="a start with an offset",
        ),
        pytest.param(
            "/schedules",
            {
                "name": "x",
                "time_zone": "UTC",
                "layers": [{**LAYER, "restrictions": [{"weekdays": [], "from": "09:00", "to": "25:00"}]}],
            },
            "/layers/0/restrictions/0/to",
            id="a restriction that can't be",
        ),
        pytest.param(
            "/schedules/weekly/overrides",
            {"kind": "add", "user_id": "sara", "start": "2026-02-02T00:00:00Z", "end": "2026-02-02T00:00:00Z"},
            "/end",
            id="an override of no length",
        ),
        pytest.param(
            "/schedules/weekly/overrides",
            {"kind": "replace", "user_id": "no", "start": "2026-02-02T00:00:00Z", "end": "2026-02-03T00:00:00Z"},
            "/user_id",
            id="an override for nobody",
        ),
        pytest.param(
            "/escalation-policies",
            {"name": "x", "steps": [{"targets": [{"type": "user", "id": "sara"}, {"type": "team", "id": "no"}]}]},
            "/steps/0/targets/1/id",
            id="an unknown target",
        ),
        pytest.param(
            "/escalation-policies",
            {"name": "x", "steps": [{"targets": [{"type": "admins", "id": "x"}]}]},
            "/steps/0/targets/0/type",
            id="a target only the built-in policy has",
        ),
    ],
)
async def test_what_can_not_be_is_refused_by_name(world: World, path: str, body: dict[str, Any], pointer: str) -> None:
    await world.seed()
    await refused(await world.api.post(path, json=body), 422, pointer)


async def test_objects_are_made_once_edited_by_version_and_come_back_after_deletion(world: World) -> None:
    await world.seed()
    await refused(await world.api.post("/users", json={"id": "sara", "name": "x", "email": "x@y.z"}), 409, "/id")
    seen = (await world.api.get("/users/sara")).headers["etag"]
    edited = await world.api.patch("/users/sara", json={"name": "Sara S."}, headers={"If-Match": seen})
    assert (edited.status_code, edited.json()["name"], edited.json()["version"]) == (200, "Sara S.", 2)
    await refused(await world.api.patch("/users/sara", json={"name": "x"}, headers={"If-Match": seen}), 412)
    await refused(await world.api.patch("/users/sara", json={"email": None}), 422, "/email")
    assert (await world.api.delete("/users/sara", params={"force": True})).status_code == 204
    erased = await world.harness.event("user.erased.v1")
    assert erased.subject == "sara"
    await refused(await world.api.get("/users/sara"), 404)
    again = await world.post("/users", {"id": "sara", "name": "Sara", "email": "s@example.org"})
    assert again["version"] == 4
    users = (await world.api.get("/users", params={"limit": 1})).json()
    assert [user["id"] for user in users["items"]] == ["kenji"]
    rest = (await world.api.get("/users", params={"limit": 1, "cursor": users["next_cursor"]})).json()
    assert ([user["id"] for user in rest["items"]], rest["next_cursor"]) == (["sara"], None)


async def test_who_is_on_call_can_be_asked_for_any_time_and_an_edit_leaves_the_past(world: World) -> None:
    await world.seed()
    at = {"at": "2026-03-30T00:00:00+02:00"}
    assert (await world.api.get("/schedules/weekly/on-call", params=at)).json() == {
        "at": "2026-03-29T22:00:00Z",
        "users": ["sara"],
    }
    span = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-13T00:00:00Z"}
    roster = (await world.api.get("/schedules/weekly/shifts", params=span)).json()
    assert roster["gaps"] == [{"start": "2026-01-01T00:00:00Z", "end": "2026-01-05T08:00:00Z"}]
    assert [(s["start"], s["user_id"], s["layer"]) for s in roster["shifts"]] == [
        ("2026-01-05T08:00:00Z", "sara", "week"),
        ("2026-01-12T08:00:00Z", "sara", "week"),
    ]
    layer = {"starts_at": "2026-01-05T09:00:00", "participants": ["kenji"]}
    assert (await world.api.patch("/schedules/weekly", json={"layers": [layer]})).status_code == 200
    assert (await world.api.get("/schedules/weekly/on-call", params=at)).json()["users"] == ["sara"]
    assert (await world.api.get("/schedules/weekly/on-call")).json()["users"] == ["kenji"]
    assert (await world.api.get("/on-call")).json()["items"][0]["users"] == ["kenji"]
    long = {"from": "2026-01-01T00:00:00Z", "to": "2028-01-13T00:00:00Z"}
    await refused(await world.api.get("/schedules/weekly/shifts", params=long), 422, "/to")


async def test_an_override_is_made_holds_and_is_taken_back(world: World) -> None:
    await world.seed()
    start = datetime.now(UTC) - timedelta(hours=1)
    span = {"start": start.isoformat(), "end": (start + timedelta(days=1)).isoformat()}
    made = await world.post("/schedules/weekly/overrides", {"kind": "replace", "user_id": "kenji", **span})
    assert (await world.api.get("/schedules/weekly/on-call")).json()["users"] == ["kenji"]
    assert (await world.api.delete(f"/schedules/weekly/overrides/{made['id']}")).status_code == 204
    assert (await world.api.get("/schedules/weekly/on-call")).json()["users"] == ["sara"]
    for at, users in ((start, ["sara"]), (datetime.fromisoformat(made["start"]), ["kenji"])):
        then = await world.api.get("/schedules/weekly/on-call", params={"at": at.isoformat()})
        assert then.json()["users"] == users
    await refused(await world.api.delete("/schedules/weekly/overrides/none"), 404)


async def test_an_unknown_incident_has_no_pages(world: World) -> None:
    await refused(await world.api.get("/incidents/INC-404/pages"), 404)
