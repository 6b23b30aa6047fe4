"""Post-mortems and action items over HTTP and over the bus, on the real parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.actions import ActionFact, ActionReminder
from shared.events.changes import ChangeFact
from shared.events.communication import TicketFact, TicketState
from shared.events.oncall import UserErased, UserFact
from shared.events.postmortems import PostmortemFact
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role
from tests.unit.incident.builders import NOW

pytestmark = pytest.mark.integration


async def begun(harness: Harness) -> tuple[httpx2.AsyncClient, str, str]:
    """A client, a resolved incident and its post-mortem."""
    client = harness.client(await harness.start("incident", build))
    body = {"title": "Disk is full", "description": "No room", "impact": "Nobody could pay"}
    key = (await client.post("/incidents", json=body)).json()["id"]
    await client.post(f"/incidents/{key}/timeline", json={"text": "the log grew by 9 GB"})
    resolution = {
        "actions_taken": ["removed the old logs"],
        "root_cause": "log rotation was off",
        "preventive_measures": ["alert at 80 %"],
    }
    await client.post(f"/incidents/{key}/resolve", json=resolution)
    made = await client.post("/postmortems", json={"incident_id": key})
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == f"/postmortems/{made.json()['id']}"
    return client, key, made.json()["id"]


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_it_begins_with_what_is_known_and_there_is_one_an_incident(harness: Harness) -> None:
    client, key, pm = await begun(harness)
    shown = (await client.get(f"/postmortems/{pm}")).json()
    assert (shown["state"], shown["title"], shown["incident_id"]) == ("draft", "Disk is full", key)
    sections = shown["sections"]
    assert "the log grew by 9 GB" in sections["timeline"]
    assert sections["root_causes"].startswith("log rotation was off")
    assert "Nobody could pay" in sections["impact"]
    assert "removed the old logs" in sections["actions"]
    assert "alert at 80 %" in sections["actions"]
    assert shown["figures"]["time_to_resolve_seconds"] >= 0
    again = await client.post("/postmortems", json={"incident_id": key})
    assert (*code(again), again.json()["postmortem_id"]) == (409, "already_exists", pm)
    assert (await client.post("/postmortems", json={"incident_id": "INC-404"})).status_code == 404
    listed = (await client.get("/postmortems", params={"incident_id": key})).json()["items"]
    assert [one["id"] for one in listed] == [pm]


async def test_a_draft_names_the_changes_under_suspicion_and_not_those_that_were_cleared(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    await client.post("/services", json={"id": "payments", "name": "Payments"})
    now = datetime.now(UTC)
    for name, minutes in (("guilty", 5), ("innocent", 9)):
        change = ChangeFact(
            id=f"chg_{name}",
            summary=f"the {name} change",
            service_id="payments",
            source="ci",
            at=now - timedelta(minutes=minutes),
            recorded_at=now,
        )
        await harness.publish(make("change.recorded.v1", subject=change.id, sequence=1, time=now, data=change))
    key = (await client.post("/incidents", json={"title": "It broke", "service_id": "payments"})).json()["id"]

    async def suspects() -> Any:
        return (await client.get(f"/incidents/{key}")).json()["suspected_changes"]

    await eventually(suspects, until=lambda found: len(found) == 2)
    for name in ("guilty", "innocent"):
        await client.put(f"/incidents/{key}/suspects/chg_{name}", json={"verdict": name})
    drafted = (await client.post("/postmortems", json={"incident_id": key})).json()["sections"]["root_causes"]
    assert "the guilty change” 5 minutes before, on the same service (found guilty)" in drafted
    assert "innocent" not in drafted


async def test_sections_are_edited_one_by_one_and_every_revision_can_come_back(harness: Harness) -> None:
    client, _, pm = await begun(harness)
    path = f"/postmortems/{pm}"
    edited = await client.patch(path, json={"sections": {"summary": "It *was* full."}}, headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.json()["sections"]["summary"]) == (200, "It *was* full.")
    assert edited.headers["ETag"] == '"2"'
    stale = await client.patch(path, json={"summary": "no"}, headers={"If-Match": '"1"'})
    assert code(stale) == (412, "version_conflict")
    assert (await client.patch(path, json={"sections": {"gossip": "x"}})).status_code == 422
    revisions = (await client.get(f"{path}/revisions")).json()["items"]
    assert [(one["number"], one["step"]) for one in revisions] == [(2, "edited"), (1, "begun")]
    assert revisions[0]["changed"] == ["summary"]
    first = (await client.get(f"{path}/revisions/1")).json()["sections"]["summary"]
    back = await client.post(f"{path}/revisions/1/restore")
    assert (back.json()["sections"]["summary"], back.json()["version"]) == (first, 3)
    assert (await client.get(f"{path}/revisions/9")).status_code == 404


async def test_what_is_published_is_told_when_it_changes_and_when_it_is_withdrawn(harness: Harness) -> None:
    client, _, pm = await begun(harness)
    path = f"/postmortems/{pm}"
    await client.post(f"{path}/review", json={"reviewers": ["mona"]})
    published = await client.post(f"{path}/publish")
    assert (published.status_code, published.json()["state"]) == (200, "published")
    assert (await client.post(f"{path}/publish")).json()["version"] == published.json()["version"]
    await client.patch(path, json={"what_went_well": "Quick hands."})
    await client.post(f"{path}/unpublish")
    assert code(await client.post(f"{path}/unpublish")) == (409, "illegal_transition")
    await harness.event("postmortem.changed.v1", lambda event: event.sequence == 5)
    told = [event.data for event in harness.events if event.type == "postmortem.changed.v1"]
    assert [
        (fact.sections["what_went_well"] == "Quick hands.", fact.published_at is not None)
        for fact in told
        if isinstance(fact, PostmortemFact)
    ] == [(False, True), (True, True), (True, False)]


async def test_it_is_not_published_before_the_incident_is_over(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    key = (await client.post("/incidents", json={"title": "Disk"})).json()["id"]
    pm = (await client.post("/postmortems", json={"incident_id": key})).json()["id"]
    assert code(await client.post(f"/postmortems/{pm}/publish")) == (409, "incident_open")
    await client.post(f"/incidents/{key}/resolve", json={"root_cause": "a leak"})
    anew = await client.post(f"/postmortems/{pm}/redraft")
    assert anew.json()["sections"]["root_causes"] == "a leak"
    assert (await client.post(f"/postmortems/{pm}/publish")).status_code == 200


async def test_markdown_and_a_clean_page_come_out(harness: Harness) -> None:
    client, _, pm = await begun(harness)
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)> **bold**\n\nسلام"
    await client.patch(f"/postmortems/{pm}", json={"title": "</title><script>x", "sections": {"summary": hostile}})
    await client.post(f"/postmortems/{pm}/actions", json={"title": "watch | <b>disks</b>"})
    page = await client.get(f"/postmortems/{pm}.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for bad in ("<script", "<img", 'href="javascript', "<b>"):
        assert bad not in page.text
    assert "<strong>bold</strong>" in page.text
    assert '<p dir="auto">سلام</p>' in page.text
    text = await client.get(f"/postmortems/{pm}.md")
    assert text.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "## What went badly" in text.text
    assert "watch \\| \\<b>disks" in text.text
    assert (await client.get("/postmortems/PM-404.md")).status_code == 404


async def test_comments_are_added_and_resolved(harness: Harness) -> None:
    client, _, pm = await begun(harness)
    made = await client.post(f"/postmortems/{pm}/comments", json={"text": "why?", "section": "root_causes"})
    assert made.status_code == 201
    settled = await client.patch(f"/postmortems/{pm}/comments/{made.json()['id']}", json={"resolved": True})
    assert (settled.json()["resolved"], settled.json()["resolved_by"]) == (True, "tester")
    listed = (await client.get(f"/postmortems/{pm}/comments")).json()["items"]
    assert [(one["text"], one["resolved"]) for one in listed] == [("why?", True)]
    assert (await client.patch(f"/postmortems/{pm}/comments/c_9", json={"resolved": True})).status_code == 404


async def test_an_action_is_made_edited_listed_and_deleted_and_each_is_told(harness: Harness) -> None:
    client, _, pm = await begun(harness)
    body = {"title": "more monitoring", "assignee_id": "sara", "due_on": "2026-01-05", "priority": "high"}
    made = await client.post(f"/postmortems/{pm}/actions", json=body)
    assert made.status_code == 201, made.text
    action = made.json()
    assert {name: action[name] for name in body} == body
    assert (action["state"], action["overdue"], action["ticket"]) == ("open", True, None)
    later = (await client.post(f"/postmortems/{pm}/actions", json={"title": "b", "due_on": "2026-01-04"})).json()
    none = (await client.post(f"/postmortems/{pm}/actions", json={"title": "c"})).json()

    async def ids(**query: Any) -> list[str]:
        return [one["id"] for one in (await client.get("/actions", params=query)).json()["items"]]

    assert await ids() == [none["id"], later["id"], action["id"]]
    assert await ids(overdue=True) == [later["id"], action["id"]]
    assert await ids(assignee_id="sara", state="open") == [action["id"]]
    assert await ids(priority="low") == []
    for query in ({}, {"overdue": True}):
        first = (await client.get("/actions", params={"limit": 1, **query})).json()
        second = (await client.get("/actions", params={"limit": 1, **query, "cursor": first["next_cursor"]})).json()
        assert [first["items"][0]["id"], second["items"][0]["id"]] == (await ids(**query))[:2]
    path = f"/postmortems/{pm}/actions/{action['id']}"
    done = await client.patch(path, json={"state": "done"}, headers={"If-Match": made.headers["ETag"]})
    assert (done.json()["state"], done.json()["overdue"], done.json()["closed_at"] is not None) == ("done", False, True)
    assert code(await client.patch(path, json={"title": None})) == (422, "invalid")
    assert (await client.delete(f"/actions/{action['id']}")).status_code == 204
    assert (await client.get(f"/actions/{action['id']}")).status_code == 404
    assert await ids(assignee_id="sara") == []
    await harness.event("action.changed.v1", lambda event: event.subject == action["id"] and event.sequence == 3)
    told = [event.data for event in harness.events if event.subject == action["id"]]
    assert [(fact.state.value, fact.deleted) for fact in told if isinstance(fact, ActionFact)] == [
        ("open", False),
        ("done", False),
        ("done", True),
    ]
    assert [one["id"] for one in (await client.get(f"/postmortems/{pm}")).json()["actions"]] == [
        later["id"],
        none["id"],
    ]


def ticket(action: str, sequence: int, state: TicketState, *, theirs: bool) -> Event:
    fact = TicketFact(
        action_id=action,
        provider="jira",
        key="OPS-12",
        url="https://jira.example.org/browse/OPS-12",
        state=state,
        from_provider=theirs,
        at=NOW,
    )
    return make("ticket.changed.v1", subject=action, sequence=sequence, time=NOW, data=fact, id=f"ticket-{sequence}")


async def test_a_ticket_that_is_done_closes_the_action_once_and_says_where_that_came_from(harness: Harness) -> None:
    client, _, pm = await begun(harness)
    action = (await client.post(f"/postmortems/{pm}/actions", json={"title": "x"})).json()["id"]
    ours, theirs = ticket(action, 1, TicketState.OPEN, theirs=False), ticket(action, 2, TicketState.DONE, theirs=True)
    await harness.publish(theirs, ours, theirs, ticket("act_404", 1, TicketState.DONE, theirs=True))

    async def ask() -> dict[str, Any]:
        shown: dict[str, Any] = (await client.get(f"/actions/{action}")).json()
        return shown

    shown = await eventually(ask, until=lambda shown: shown["state"] == "done")
    assert (shown["ticket"]["key"], shown["ticket"]["state"], shown["origin"]) == ("OPS-12", "done", "jira:ticket-2")
    told = await harness.event("action.changed.v1", lambda event: event.subject == action and event.sequence > 1)
    assert (told.causationid, told.data.origin) == ("ticket-2", "jira:ticket-2")  # type: ignore[attr-defined]


async def test_an_owner_is_reminded_when_the_moment_has_come(harness: Harness, tmp_path: Any) -> None:
    shift = tmp_path / "clock"
    harness.settings = harness.settings.model_copy(update={"env": "test", "test_clock": shift})
    client, _, pm = await begun(harness)
    tomorrow = datetime.now(UTC).date() + timedelta(days=3)
    action = (await client.post(f"/postmortems/{pm}/actions", json={"title": "x", "due_on": str(tomorrow)})).json()
    shift.write_text(str(timedelta(days=5).total_seconds()))
    told = await harness.event("action.reminded.v1", lambda event: event.subject == action["id"], seconds=20)
    assert isinstance(told.data, ActionReminder)
    assert told.data.kind == "overdue"
    assert told.data.at.date() == tomorrow + timedelta(days=1)


async def test_another_teams_is_not_seen_and_not_changed(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    client = harness.client(runtime)
    await client.post("/services", json={"id": "payments", "name": "Payments", "team": "money"})
    key = (await client.post("/incidents", json={"title": "Disk", "service_id": "payments"})).json()["id"]
    pm = (await client.post("/postmortems", json={"incident_id": key})).json()["id"]
    action = (await client.post(f"/postmortems/{pm}/actions", json={"title": "x"})).json()["id"]
    theirs = Identity(key_id="k", name="ops", role=Role.RESPONDER, teams=("ops",))
    other = harness.client(runtime, theirs)
    for path in (f"/postmortems/{pm}", f"/postmortems/{pm}.md", f"/postmortems/{pm}/comments", f"/actions/{action}"):
        assert (await other.get(path)).status_code == 404, path
    assert (await other.patch(f"/postmortems/{pm}", json={"title": "x"})).status_code == 403
    assert (await other.patch(f"/actions/{action}", json={"title": "x"})).status_code == 403
    assert (await other.get("/actions")).json()["items"] == []
    assert (await other.get("/postmortems")).json()["items"] == []
    viewer = harness.client(runtime, Identity(key_id="v", name="v", role=Role.VIEWER, teams=("money",)))
    assert (await viewer.get(f"/actions/{action}")).status_code == 200
    assert (await viewer.post(f"/postmortems/{pm}/actions", json={"title": "x"})).status_code == 403
    assert (await viewer.post(f"/postmortems/{pm}/publish")).status_code == 403


async def test_the_document_calls_people_by_their_names_and_forgets_who_is_gone(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    client = harness.client(runtime, Identity(key_id="k", name="Sara's key", role=Role.MANAGER, user_id="sara"))
    now = datetime.now(UTC)
    sara = UserFact(id="sara", name="Sara Ahmadi", email="sara@example.org")
    await harness.publish(make("user.changed.v1", subject="sara", sequence=1, time=now, data=sara))
    key = (await client.post("/incidents", json={"title": "Disk is full", "description": "No room\nNowhere"})).json()[
        "id"
    ]
    await client.post(f"/incidents/{key}/roles", json={"role": "commander", "user_id": "sara"})
    pm = (await client.post("/postmortems", json={"incident_id": key})).json()

    async def written() -> str:
        return (await client.get(f"/postmortems/{pm['id']}.md")).text

    text = await eventually(written, until=lambda text: "Sara Ahmadi" in text)
    assert "Incident commander: Sara Ahmadi from now on (Sara Ahmadi)" in text
    assert "No room\nNowhere" in text
    assert "Sara Ahmadi" not in str(pm["sections"])
    page = (await client.get(f"/postmortems/{pm['id']}.html")).text
    assert "Incident commander: Sara Ahmadi" in page
    await harness.publish(make("user.erased.v1", subject="sara", sequence=2, time=now, data=UserErased(id="sara")))
    assert "@sara" in await eventually(written, until=lambda text: "Sara" not in text)
