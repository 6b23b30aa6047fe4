"""Comms and Jira: an action that is assigned becomes an issue, and each side follows the other once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from services.comms.app import build
from services.comms.tickets.jira_webhook import MOST_BYTES
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.actions import ActionState
from shared.events.communication import TicketFact, TicketState
from shared.events.oncall import UserFact
from shared.runtime import Runtime
from shared.testing.due import look_for_due
from shared.testing.harness import PLAIN, Harness, eventually
from shared.testing.peers.jira import EMAIL, PROJECT, TOKEN, JiraServer
from shared.testing.plain_http import Reply
from shared.testing.plans import is_indexed
from shared.vocabulary import Role
from tests.integration.counting import counted
from tests.unit.comms.tickets.builders import NOW, action_told, make_action

pytestmark = pytest.mark.integration

WEBHOOK = "/integrations/jira/webhook"
SECRET = "the secret of the webhook"
SARA = UserFact(id="sara", name="Sara", email="sara@example.org", time_zone="UTC", locale="en")


@pytest.fixture
def jira() -> Iterator[JiraServer]:
    with JiraServer() as server:
        yield server


@pytest.fixture
async def comms(harness: Harness) -> Runtime:
    harness.settings = harness.settings.model_copy(update={"outbound_allow": ["127.0.0.0/8"]})
    return await harness.start("comms", build)


def project(jira: JiraServer, **changes: Any) -> dict[str, Any]:
    return {
        "base_url": jira.url,
        "email": EMAIL,
        "api_token": TOKEN,
        "project_key": PROJECT,
        "issue_type": "Task",
        "status_map": {"dropped": "Won't Do"},
        "webhook_secret": SECRET,
    } | changes


async def set_up(harness: Harness, comms: Runtime, jira: JiraServer, **changes: Any) -> dict[str, Any]:
    answer = await harness.client(comms).post("/integrations/jira", json=project(jira, **changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def told(harness: Harness, sequence: int = 1, **changes: Any) -> None:
    await harness.publish(action_told(make_action(**changes), sequence))


def tickets_told(harness: Harness) -> list[TicketFact]:
    return [event.data for event in harness.events if isinstance(event.data, TicketFact)]


async def told_by_jira(harness: Harness) -> Event:
    """The event that an action is to follow."""
    return await harness.event(
        "ticket.changed.v1", lambda event: isinstance(event.data, TicketFact) and event.data.from_provider, seconds=20
    )


async def call_webhook(comms: Runtime, headers: dict[str, str], body: bytes, query: str = "") -> httpx2.Response:
    """Jira has no key and no identity."""
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{comms.port}", trust_env=False, verify=PLAIN) as client:
        return await client.post(WEBHOOK + query, content=body, headers=headers)


async def ticket(harness: Harness, comms: Runtime) -> dict[str, Any]:
    items = (await harness.client(comms).get("/integrations/jira/tickets")).json()["items"]
    return items[0] if items else {}


async def synced(harness: Harness, comms: Runtime, **expected: Any) -> dict[str, Any]:
    return await eventually(
        lambda: ticket(harness, comms),
        until=lambda one: one.get("sync") == "synced" and expected.items() <= one.items(),
        seconds=20,
    )


async def test_an_assigned_action_becomes_an_issue_of_its_owner(
    harness: Harness, comms: Runtime, jira: JiraServer
) -> None:
    await set_up(harness, comms, jira)
    await harness.publish(make("user.changed.v1", subject="sara", sequence=1, time=NOW, data=SARA))
    await told(harness)
    await synced(harness, comms, key="OPS-1")
    (issue,) = jira.issues.values()
    text = str(issue.fields["description"])
    assert issue.fields["summary"] == "Rotate logs daily ログ"
    assert "فوری" in text
    assert "/postmortems/pm_1" in text
    assert issue.fields["assignee"] == {"accountId": "acc-sara"}
    assert (issue.fields["duedate"], issue.fields["priority"]) == ("2026-12-01", {"name": "High"})
    assert issue.properties["tocsin"]["action_id"] == "act_1"
    (fact,) = await eventually(lambda: tickets_told(harness))
    assert (fact.key, fact.state, fact.from_provider) == ("OPS-1", TicketState.OPEN, False)
    assert fact.url == f"{jira.url}/browse/OPS-1"


async def test_telling_an_action_again_makes_no_second_issue(
    harness: Harness, comms: Runtime, jira: JiraServer
) -> None:
    await set_up(harness, comms, jira)
    await told(harness)
    await told(harness)
    await synced(harness, comms, key="OPS-1")
    await told(harness)
    await told(harness, 2, title="Rotate logs hourly")
    await eventually(lambda: jira.issues["OPS-1"].fields["summary"] == "Rotate logs hourly")
    assert jira.count_calls("POST", "/issue") == 1


async def test_a_done_action_moves_its_issue_and_a_dropped_one_where_the_map_says(
    harness: Harness, comms: Runtime, jira: JiraServer
) -> None:
    await set_up(harness, comms, jira)
    await told(harness)
    await synced(harness, comms, key="OPS-1")
    await told(harness, 2, state=ActionState.DONE)
    await eventually(lambda: jira.issues["OPS-1"].status == "Done")
    await synced(harness, comms, state="done")
    await told(harness, 3, state=ActionState.IN_PROGRESS)
    await eventually(lambda: jira.issues["OPS-1"].status == "In Progress")
    await synced(harness, comms, state="in_progress")
    await told(harness, 4, state=ActionState.DROPPED)
    await eventually(lambda: jira.issues["OPS-1"].status == "Won't Do")


async def test_an_issue_that_is_resolved_there_is_told_once_and_nothing_is_written_back(
    harness: Harness, comms: Runtime, jira: JiraServer
) -> None:
    await set_up(harness, comms, jira)
    await told(harness)
    await synced(harness, comms, key="OPS-1")
    headers, body = jira.webhook("OPS-1", "Done", secret=SECRET)
    answers = [await call_webhook(comms, headers, body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    event = await told_by_jira(harness)
    assert [fact.state for fact in tickets_told(harness) if fact.from_provider] == [TicketState.DONE]
    calls = jira.count_calls("POST", "/transitions"), jira.count_calls("PUT", "/issue/OPS-1")
    await told(harness, 2, state=ActionState.DONE, origin=f"jira:{event.id}")
    await synced(harness, comms, state="done")
    await asyncio.sleep(1)
    assert (jira.count_calls("POST", "/transitions"), jira.count_calls("PUT", "/issue/OPS-1")) == calls == (0, 0)
    assert len([fact for fact in tickets_told(harness) if fact.from_provider]) == 1


async def test_only_who_knows_the_secret_is_believed(harness: Harness, comms: Runtime, jira: JiraServer) -> None:
    await set_up(harness, comms, jira)
    await told(harness)
    await synced(harness, comms, key="OPS-1")
    headers, body = jira.webhook("OPS-1", "Done", secret="another secret")
    plain = {"Content-Type": "application/json"}
    refused = [
        await call_webhook(comms, headers, body),
        await call_webhook(comms, plain, body),
        await call_webhook(comms, plain, body, "?secret=wrong"),
        await call_webhook(comms, headers, body, f"?secret={SECRET}"),
    ]
    assert [answer.status_code for answer in refused] == [401] * 4
    assert (await ticket(harness, comms))["state"] == "open"
    taken = await call_webhook(comms, plain, body, f"?secret={SECRET}")
    assert taken.status_code == 202
    await eventually(lambda: ticket(harness, comms), until=lambda one: one["state"] == "done")
    good, _ = jira.webhook("OPS-1", secret=SECRET)
    garbled = {**good, "X-Hub-Signature": "sha256=zz"}
    assert (await call_webhook(comms, garbled, body)).status_code == 401


async def test_a_projects_own_address_believes_its_own_secret_only(
    harness: Harness, comms: Runtime, jira: JiraServer
) -> None:
    made = await set_up(harness, comms, jira)
    other = await set_up(harness, comms, jira, team="others", webhook_secret="the other secret")
    own, others = (urlsplit(one["webhook_url"]).path for one in (made, other))
    assert own == f"{WEBHOOK}/{made['id']}" != others
    await told(harness)
    await synced(harness, comms)
    headers, body = jira.webhook("OPS-1", "Done", secret=SECRET)
    plain = {"Content-Type": "application/json"}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{comms.port}", trust_env=False, verify=PLAIN) as client:
        for path in (others, f"{WEBHOOK}/nothing", f"{others}?secret={SECRET}"):
            assert (await client.post(path, content=body, headers=headers)).status_code == 401
        assert (await client.post(f"{others}?secret={SECRET}", content=body, headers=plain)).status_code == 401
        assert (await client.post(own, content=body, headers=plain)).status_code == 401
        too_large = await client.post(own, content=b" " * (MOST_BYTES + 1), headers=headers)
        assert too_large.status_code == 413
        odd = json.dumps({"webhookEvent": "jira:issue_updated", "issue": {"key": "\ud800"}}).encode()
        refused = await client.post(f"{own}?secret={SECRET}", content=odd, headers=plain)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/issue/key")
        assert (await client.post(own, content=body, headers=headers)).status_code == 202
    await eventually(lambda: ticket(harness, comms), until=lambda one: one["state"] == "done")


async def test_a_webhook_that_never_came_is_healed(harness: Harness, comms: Runtime, jira: JiraServer) -> None:
    await set_up(harness, comms, jira)
    await told(harness)
    await synced(harness, comms, key="OPS-1")
    jira.issues["OPS-1"].status = "Done"
    tickets = comms.database.collection("tickets")
    await tickets.update_many({}, {"$set": {"check_at": NOW}})
    await told_by_jira(harness)
    assert [fact.state for fact in tickets_told(harness) if fact.from_provider] == [TicketState.DONE]


async def test_an_issue_that_was_deleted_leaves_its_action_alone(
    harness: Harness, comms: Runtime, jira: JiraServer
) -> None:
    await set_up(harness, comms, jira)
    await told(harness)
    await synced(harness, comms, key="OPS-1")
    headers, body = jira.webhook("OPS-1", secret=SECRET, event="jira:issue_deleted")
    await call_webhook(comms, headers, body)
    await eventually(lambda: ticket(harness, comms), until=lambda one: one["sync"] == "gone")
    calls = len(jira.calls)
    await told(harness, 2, title="another title")
    await asyncio.sleep(1)
    assert len(jira.calls) == calls


async def test_what_became_of_a_ticket_is_counted(harness: Harness, comms: Runtime, jira: JiraServer) -> None:
    def steps() -> dict[str, float]:
        return {
            outcome: counted("tocsin_tickets_total", provider="jira", step="create", outcome=outcome)
            for outcome in ("done", "later", "failed")
        }

    before = steps()
    await set_up(harness, comms, jira)
    jira.trouble += [Reply(503, {}, b"down"), Reply(400, {}, b"{}")]
    await told(harness)
    await eventually(lambda: ticket(harness, comms), until=lambda one: one.get("sync") == "failed")
    await eventually(lambda: steps() == before | {"later": before["later"] + 1, "failed": before["failed"] + 1})
    await told(harness, 2, title="another title")
    await synced(harness, comms, key="OPS-1")
    await eventually(lambda: steps()["done"] == before["done"] + 1)


async def test_a_jira_in_trouble_is_asked_again_and_gets_one_issue(
    harness: Harness, comms: Runtime, jira: JiraServer
) -> None:
    await set_up(harness, comms, jira)
    jira.trouble += [Reply(503, {}, b"down"), Reply(429, {"retry-after": "1"}), Reply(200, {}, b"\xff\xfenot json")]
    await told(harness)
    await synced(harness, comms, key="OPS-1")
    assert len(jira.issues) == 1


async def test_what_can_not_be_written_ends_one_ticket_and_holds_up_no_other(
    harness: Harness, comms: Runtime, jira: JiraServer
) -> None:
    """A token that no header can hold is our own trouble: Jira was never asked, so it is not down."""
    made = await set_up(harness, comms, jira, email="", api_token="tökén–of–nobody")
    api = harness.client(comms)
    keys = [f"act_{number}" for number in range(7)]
    await harness.publish(*(action_told(make_action(id=key)) for key in keys))

    async def tickets() -> list[dict[str, Any]]:
        return (await api.get("/integrations/jira/tickets")).json()["items"]  # type: ignore[no-any-return]

    ended = await eventually(tickets, until=lambda all_: [one["sync"] for one in all_] == ["failed"] * 7, seconds=20)
    assert {one["detail"] for one in ended} == {
        "the header authorization holds letters that can't be sent: only ASCII, no control characters"
    }
    assert jira.calls == []
    due = comms.database.collection("tickets").find({"due_at": {"$exists": True}})
    assert await due.to_list() == []
    answer = await api.patch(f"/integrations/jira/{made['id']}", json={"email": EMAIL, "api_token": TOKEN})
    assert answer.status_code == 200, answer.text
    await harness.publish(action_told(make_action(id=keys[0], title="another title"), 2))
    await eventually(tickets, until=lambda all_: "synced" in {one["sync"] for one in all_}, seconds=15)


async def test_an_issue_that_was_made_before_a_crash_is_found_and_not_made_again(
    harness: Harness, comms: Runtime, jira: JiraServer
) -> None:
    """The answer was lost: whether it was made, nobody here knows."""
    await set_up(harness, comms, jira)
    await told(harness)
    await synced(harness, comms, key="OPS-1")
    lost = {"$set": {"sync": "pending", "due_at": NOW, "begun": True}, "$unset": {"key": "", "agreed": "", "url": ""}}
    await comms.database.collection("tickets").update_one({}, lost)
    look_for_due(comms)
    await synced(harness, comms, key="OPS-1")
    assert (len(jira.issues), jira.count_calls("POST", "/issue")) == (1, 1)


async def test_fields_that_a_project_does_not_have_are_left_out(harness: Harness, comms: Runtime) -> None:
    with JiraServer(lacks=frozenset({"priority", "duedate"})) as bare:
        await set_up(harness, comms, bare)
        await told(harness)
        await synced(harness, comms, key="OPS-1")
        assert bare.issues["OPS-1"].fields.keys() >= {"summary", "description", "labels"}
        assert not bare.issues["OPS-1"].fields.keys() & {"priority", "duedate"}


@pytest.mark.parametrize("of", ["drill", "imported"])
async def test_nothing_of_a_drill_or_an_import_leaves_the_house(
    harness: Harness, comms: Runtime, jira: JiraServer, of: str
) -> None:
    await set_up(harness, comms, jira)
    await told(harness, **{of: True})
    await told(harness, 2, **{of: True, "state": ActionState.DONE})
    await told(harness, 1, id="act_2", title="A real one")
    await eventually(lambda: len(jira.issues) == 1)
    assert next(iter(jira.issues.values())).fields["summary"] == "A real one"


async def test_the_token_is_stored_sealed_and_shown_to_nobody(
    harness: Harness, comms: Runtime, jira: JiraServer
) -> None:
    made = await set_up(harness, comms, jira)
    assert made["webhook_secret"] == SECRET
    assert made["webhook_url"].endswith(f"{WEBHOOK}/{made['id']}")
    client = harness.client(comms)
    shown = (await client.get("/integrations/jira")).text + (await client.get(f"/integrations/jira/{made['id']}")).text
    stored = str(await comms.database.collection("ticket_places").find({}).to_list())
    for secret in (TOKEN, SECRET):
        assert secret not in shown
        assert secret not in stored


async def test_a_project_is_set_anew_edited_and_deleted(harness: Harness, comms: Runtime, jira: JiraServer) -> None:
    made = await set_up(harness, comms, jira)
    client, path = harness.client(comms), f"/integrations/jira/{made['id']}"
    again = await client.post("/integrations/jira", json=project(jira, issue_type="Bug"))
    assert (again.status_code, again.json()["id"], again.json()["issue_type"]) == (200, made["id"], "Bug")
    stale = await client.patch(path, json={"issue_type": "Story"}, headers={"If-Match": '"1"'})
    edited = await client.patch(path, json={"issue_type": "Story"}, headers={"If-Match": again.headers["ETag"]})
    assert (stale.status_code, edited.status_code, edited.json()["issue_type"]) == (412, 200, "Story")
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    back = await client.post("/integrations/jira", json=project(jira))
    assert back.status_code == 201


async def test_what_can_not_be_set_up_names_the_field(harness: Harness, comms: Runtime, jira: JiraServer) -> None:
    client = harness.client(comms)

    async def pointer(**changes: Any) -> tuple[int, str]:
        answer = await client.post("/integrations/jira", json=project(jira, **changes))
        return answer.status_code, answer.json()["errors"][0]["pointer"]

    assert await pointer(base_url="ftp://jira") == (422, "/base_url")
    assert await pointer(base_url="https://u:p@jira.example.org") == (422, "/base_url")
    assert await pointer(project_key="no key") == (422, "/project_key")
    assert await pointer(status_map={"To Do": "closed"}) == (422, "/status_map/To Do")
    assert await pointer(api_token="") == (422, "/api_token")


async def test_who_may_set_up_what(harness: Harness, comms: Runtime, jira: JiraServer) -> None:
    def client(role: Role, *teams: str) -> httpx2.AsyncClient:
        return harness.client(comms, Identity(key_id="k", name="k", role=role, teams=teams))

    assert (await client(Role.RESPONDER).post("/integrations/jira", json=project(jira))).status_code == 403
    assert (await client(Role.MANAGER, "users").post("/integrations/jira", json=project(jira))).status_code == 403
    mine = await client(Role.MANAGER, "users").post("/integrations/jira", json=project(jira, team="users"))
    assert mine.status_code == 201
    path = f"/integrations/jira/{mine.json()['id']}"
    assert (await client(Role.VIEWER, "payments").get(path)).status_code == 404
    assert (await client(Role.VIEWER, "users").get(path)).status_code == 200
    everybodys = await set_up(harness, comms, jira)
    of_all = f"/integrations/jira/{everybodys['id']}"
    assert (await client(Role.VIEWER, "payments").get(of_all)).status_code == 200
    assert (await client(Role.MANAGER, "payments").delete(of_all)).status_code == 403


async def test_every_question_about_tickets_uses_an_index(harness: Harness, comms: Runtime) -> None:
    tickets = comms.database.collection("tickets")
    questions: list[tuple[dict[str, Any], list[tuple[str, int]]]] = [
        ({"due_at": {"$lte": NOW}}, [("due_at", 1)]),
        ({"check_at": {"$lte": NOW}}, [("check_at", 1)]),
        ({"place_id": "p", "key": "OPS-1"}, []),
        ({"updated_at": {"$lt": NOW}}, [("updated_at", -1)]),
    ]
    for query, sort in questions:
        assert await is_indexed(tickets, query, sort=sort), query
