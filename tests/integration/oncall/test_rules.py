"""On-call on its real parts: why people are paged, and what is planned, swapped and looked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.oncall.app import build
from shared.callers.identity import Identity
from shared.events import make
from shared.events.control import KeyFact
from shared.events.incidents import ImportedIncidents
from shared.events.oncall import PageState
from shared.testing.harness import PLAIN, Harness, eventually
from shared.vocabulary import Role
from tests.integration.oncall.test_oncall import World, refused
from tests.unit.oncall.escalations import make_incident, make_result

pytestmark = pytest.mark.integration


@pytest.fixture
async def world(harness: Harness) -> World:
    world = World(harness, await harness.start("oncall", build))
    await world.seed()
    return world


async def test_explain_says_of_each_person_why_they_were_or_were_not_paged(world: World) -> None:
    await world.say("opened", make_incident())
    await world.paged(1)
    await world.say("acknowledged", make_incident(1, 1))
    told = await eventually(world.explain, until=lambda told: told["state"] == "answered")
    assert told["summary"] == "Paged so far: sara. Somebody answered, so nobody else is paged."
    sara, kenji = told["people"]
    assert (sara["user_id"], sara["paged"]) == ("sara", True)
    assert [line["rule"] for line in sara["lines"]] == ["step_started", "paged", "method_without_rule"]
    assert sara["lines"][0]["sentence"] == "Step 1 told sara: on call by schedule weekly, layer week."
    assert (kenji["user_id"], kenji["paged"]) == ("kenji", False)
    assert [line["rule"] for line in kenji["lines"]] == ["step_not_reached"]
    assert {line["rule"] for line in told["lines"]} >= {"service_policy", "urgency", "started", "answered"}


async def test_explain_says_that_an_incident_without_a_policy_pages_nobody(world: World) -> None:
    await world.say("opened", make_incident(policy=None))
    told = await eventually(world.explain, until=lambda told: told["state"] == "nobody")
    assert told["people"] == []
    assert "nobody_no_policy" in {line["rule"] for line in told["lines"]}
    await refused(await world.api.get("/incidents/INC-404/explain"), 404)


async def test_explain_says_of_an_imported_incident_that_it_never_pages_and_what_became_of_it_later(
    world: World,
) -> None:
    imported = make_incident(team="payments").changed(imported=True)
    told = ImportedIncidents(id="his_1", incidents=[imported])
    event = make("history.imported.v1", subject="his_1", sequence=1, time=datetime.now(UTC), data=told)
    for _ in range(2):  # a repeat changes nothing
        await world.harness.publish(event)
    explained = await eventually(lambda: world.api.get("/incidents/INC-1/explain"), until=lambda one: one.is_success)
    assert (explained.json()["state"], explained.json()["people"]) == ("ended", [])
    assert explained.json()["lines"][0]["rule"] == "imported"
    assert await world.rows() == []
    client = world.harness.client(world.runtime, Identity(key_id="k", name="key", role=Role.VIEWER, teams=("search",)))
    await refused(await client.get("/incidents/INC-1/explain"), 404)

    await world.say("changed", imported.changed(title="Another"), 2)
    stored = world.runtime.database.collection("escalations")
    await eventually(lambda: stored.find_one({"_id": "INC-1"}))
    assert (await world.explain())["state"] == "ended"
    assert world.pages() == []


async def test_a_preview_says_who_gains_and_loses_hours_and_stores_nothing(world: World) -> None:
    layer = {"name": "week", "starts_at": "2026-01-05T09:00:00", "participants": ["sara", "kenji"]}
    answer = await world.api.post("/schedules/weekly/preview", json={"layers": [layer]})
    assert answer.status_code == 200, answer.text
    kenji, sara = answer.json()["people"]
    assert (kenji["user_id"], sara["user_id"]) == ("kenji", "sara")
    assert kenji["gains"] == sara["loses"]
    assert kenji["gained_seconds"] == sara["lost_seconds"] > 0
    empty = (await world.api.post("/schedules/weekly/preview", json={"layers": []})).json()
    assert (empty["gap_seconds_more"], len(empty["gaps_appear"])) == (90 * 86_400, 1)
    assert (await world.api.get("/schedules/weekly")).json()["version"] == 1
    unknown = {"layers": [{**layer, "participants": ["nobody"]}]}
    await refused(await world.api.post("/schedules/weekly/preview", json=unknown), 422, "/layers/0/participants/0")
    await refused(await world.api.post("/schedules/none/preview", json={}), 404)


async def test_plans_and_policies_that_make_no_sense_are_refused_by_name(world: World) -> None:
    layer = {"starts_at": "2026-01-05T09:00:00", "participants": ["sara"], "rotation": {"unit": "day", "every": 7}}
    hours = {"weekdays": ["tue"], "from": "10:00", "to": "17:00"}
    plan = {"name": "x", "time_zone": "UTC"}
    never = {**plan, "layers": [{**layer, "restrictions": [hours]}]}
    await refused(await world.api.post("/schedules", json=never), 422, "/layers/0/restrictions")
    empty = {**plan, "layers": [{**layer, "restrictions": [{**hours, "to": "10:00"}]}]}
    await refused(await world.api.post("/schedules", json=empty), 422, "/layers/0/restrictions/0/to")
    patch = {"layers": empty["layers"]}
    await refused(await world.api.patch("/schedules/weekly", json=patch), 422, "/layers/0/restrictions/0/to")
    step = {"targets": [{"type": "user", "id": "sara"}], "timeout_seconds": 0}
    loop = {"name": "x", "steps": [step], "repeat": 5}
    await refused(await world.api.post("/escalation-policies", json=loop), 422, "/repeat")
    methods = [{"id": "m", "channel": "email", "address": "a@b.c"}] * 2
    twice = {"name": "x", "email": "x@y.z", "contact_methods": methods}
    await refused(await world.api.post("/users", json=twice), 422, "/contact_methods/1/id")
    await refused(await world.api.post("/schedules", json={**plan, "id": "weekly", "layers": []}), 409)


async def test_a_round_robin_step_tells_the_next_person_each_time(world: World) -> None:
    step = {"targets": [{"type": "team", "id": "payments"}], "assignment": "round_robin", "timeout_seconds": 1}
    await world.post("/escalation-policies", {"id": "turns", "name": "Turns", "steps": [step], "repeat": 1})
    for number in range(3):
        await world.say("opened", make_incident(id=f"INC-{number}", policy="turns"))
        await world.paged(number + 1)
    assert [page.user.id for page in world.pages()[:3]] == ["sara", "kenji", "sara"]
    # the round after the timeout goes on where the others left off: three more turns, nobody twice in a row
    await world.paged(6)
    told = [page.user.id for page in world.pages()]
    assert sorted(told) == ["kenji"] * 3 + ["sara"] * 3


async def test_a_swap_is_offered_taken_once_and_can_not_be_withdrawn_then(world: World) -> None:
    start = datetime.now(UTC) - timedelta(hours=1)
    span = {"start": start.isoformat(), "end": (start + timedelta(days=1)).isoformat()}
    swaps = "/schedules/weekly/swaps"
    swap = await world.post(swaps, {"user_id": "sara", "note": "a wedding", **span})
    assert swap["state"] == "offered"
    assert (await world.api.get("/schedules/weekly/on-call")).json()["users"] == ["sara"]
    taken = await world.api.post(f"{swaps}/{swap['id']}/take", json={"user_id": "kenji"})
    assert (taken.status_code, taken.json()["state"], taken.json()["taken_by"]) == (200, "taken", "kenji")
    assert (await world.api.get("/schedules/weekly/on-call")).json()["users"] == ["kenji"]
    await refused(await world.api.post(f"{swaps}/{swap['id']}/take", json={"user_id": "kenji"}), 409)
    await refused(await world.api.delete(f"{swaps}/{swap['id']}"), 409)
    await refused(await world.api.post(swaps, json={"user_id": "nobody", **span}), 422, "/user_id")
    other = await world.post(swaps, {"user_id": "kenji", **span})
    assert (await world.api.delete(f"{swaps}/{other['id']}")).status_code == 204
    listed = (await world.api.get(swaps)).json()["items"]
    assert [one["state"] for one in listed] == ["withdrawn", "taken"]
    assert (await world.api.get(swaps, params={"state": "offered"})).json()["items"] == []
    overrides = (await world.api.get("/schedules/weekly")).json()["overrides"]
    assert (await world.api.delete(f"/schedules/weekly/overrides/{overrides[0]['id']}")).status_code == 204
    assert (await world.api.get("/schedules/weekly/on-call")).json()["users"] == ["sara"]


async def test_a_calendar_is_read_by_key_and_by_a_secret_link_until_the_next_one(world: World) -> None:
    plain = httpx2.AsyncClient(base_url=str(world.api.base_url), trust_env=False, verify=PLAIN)
    async with plain:
        answer = await world.api.get("/schedules/weekly.ics")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
        assert "SUMMARY:sara: Weekly" in answer.text
        assert (await plain.get("/schedules/weekly.ics")).status_code == 401
        for path, summary in (("/schedules/weekly", "sara: Weekly"), ("/users/sara", "sara: Weekly")):
            made = await world.post(f"{path}/calendar-link", {})
            link = "/calendars/" + made["url"].partition("/calendars/")[2]
            assert f"SUMMARY:{summary}" in (await plain.get(link)).text
            other = await world.post(f"{path}/calendar-link", {})
            assert other["url"] != made["url"]
            assert (await plain.get(link)).status_code == 404
            assert (await world.api.delete(f"{path}/calendar-link")).status_code == 204
            assert (await plain.get("/calendars/" + other["url"].partition("/calendars/")[2])).status_code == 404
        await refused(await world.api.get("/users/nobody.ics"), 404)
        await refused(await world.api.post("/schedules/nothing/calendar-link"), 404)


async def test_a_calendar_link_ends_with_the_key_that_made_it(world: World) -> None:
    made: dict[str, str] = {}

    async def link_by(key: str, path: str) -> str:
        identity = Identity(key_id=key, name=key, role=Role.MANAGER)
        answer = await world.harness.client(world.runtime, identity).post(f"{path}/calendar-link")
        url: str = answer.json()["url"]
        return "/calendars/" + url.partition("/calendars/")[2]

    async def status(path: str) -> int:
        async with httpx2.AsyncClient(base_url=str(world.api.base_url), trust_env=False, verify=PLAIN) as plain:
            return (await plain.get(made[path])).status_code

    async def tell(subject: str, sequence: int, **fields: Any) -> None:
        fact = KeyFact(id="lost", name="lost", role=Role.MANAGER, digest="0" * 64, **fields)
        event = make("key.changed.v1", subject=subject, sequence=sequence, time=datetime.now(UTC), data=fact)
        await world.harness.publish(event)

    schedule, sara, kenji = "/schedules/weekly", "/users/sara", "/users/kenji"
    made = {schedule: await link_by("lost", schedule), sara: await link_by("kept", sara)}
    await tell("lost.former", 1, expires_at=datetime.now(UTC))  # it was rotated: the same key, another secret
    await tell("lost", 2, revoked=True)
    await eventually(lambda: status(schedule), until=lambda code: code == 404)
    await tell("lost", 1)  # late news
    made[kenji] = await link_by("lost", kenji)  # in the seconds before everybody had heard of its end
    assert [await status(path) for path in (schedule, sara, kenji)] == [404, 200, 404]
    made[schedule] = await link_by("kept", schedule)
    assert await status(schedule) == 200


async def test_the_audit_names_gaps_ahead_and_people_whom_no_method_reaches(world: World) -> None:
    async def audit() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await world.api.get("/on-call/audit")).json()["items"]
        return items

    assert await audit() == []
    start = datetime.now(UTC) + timedelta(days=3)
    span = {"start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat()}
    await world.post("/schedules/weekly/overrides", {"kind": "remove", "user_id": "sara", **span})
    (gap,) = await audit()
    assert (gap["kind"], gap["schedule_id"], gap["teams"]) == ("gap", "weekly", ["payments"])
    await world.say("opened", make_incident())
    await world.paged(1)
    for method in ("mail", "hook"):
        page = next(page for page in world.pages() if page.method.id == method)
        result = make_result(page)
        event = make("page.failed.v1", subject=page.page_id, sequence=3, time=datetime.now(UTC), data=result)
        await world.harness.publish(event)
        await world.paged(2)
    found = await eventually(audit, until=lambda found: len(found) == 2)
    assert (found[1]["kind"], found[1]["user_id"]) == ("no_working_contact_method", "sara")
    last = world.pages()[-1]
    later = make_result(last, state=PageState.DELIVERED, permanent=False, attempts=2).model_copy(
        update={"at": datetime.now(UTC)}
    )
    event = make("page.delivered.v1", subject=last.page_id, sequence=4, time=datetime.now(UTC), data=later)
    await world.harness.publish(event)
    await eventually(audit, until=lambda found: len(found) == 1)
    await world.api.patch("/users/kenji", json={"contact_methods": None, "notification_rules": None})
    found = await eventually(audit, until=lambda found: len(found) == 2)
    assert (found[1]["kind"], found[1]["user_id"]) == ("no_contact_method", "kenji")


async def test_a_key_of_another_team_sees_neither_pages_nor_explanation(world: World) -> None:
    await world.say("opened", make_incident(team="payments"))
    await world.paged(1)
    for team, status in (("payments", 200), ("search", 404)):
        identity = Identity(key_id="k", name="key", role=Role.VIEWER, teams=(team,))
        client = world.harness.client(world.runtime, identity)
        for path in ("pages", "explain"):
            assert (await client.get(f"/incidents/INC-1/{path}")).status_code == status
