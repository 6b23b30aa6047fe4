"""Patterns over HTTP, and the action that one proposes, with analytics and the incident service on the real parts."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.analytics.app import build as build_analytics
from services.incident.app import build as build_incident
from shared.callers.identity import Identity
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role

pytestmark = pytest.mark.integration

RESOLUTION = {
    "actions_taken": ["removed the old logs"],
    "root_cause": "log rotation was off",
    "preventive_measures": ["rotate logs daily"],
}
DOCUMENT = "/knowledge-base/patterns.md"


async def recurring(harness: Harness, *, with_postmortem: bool) -> tuple[httpx2.AsyncClient, httpx2.AsyncClient, str]:
    """Clients of both services after the same thing happened three times, and the post-mortem of the newest or ''."""
    incident = harness.client(await harness.start("incident", build_incident))
    keys = []
    for number in range(3):
        made = await incident.post("/incidents", json={"title": f"Disk full on db-{number}"})
        keys.append(made.json()["id"])
        await incident.post(f"/incidents/{keys[-1]}/resolve", json=RESOLUTION)
    postmortem = ""
    if with_postmortem:
        made = await incident.post("/postmortems", json={"incident_id": keys[1]})
        postmortem = made.json()["id"]
    analytics = harness.client(await harness.start("analytics", build_analytics))
    return incident, analytics, postmortem


async def patterns(client: httpx2.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/knowledge-base/patterns", params=asked)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def first_pattern(client: httpx2.AsyncClient) -> dict[str, Any]:
    async def is_there() -> bool:
        items = (await patterns(client))["items"]
        return bool(items) and items[0]["frequency"]["count"] == 3

    await eventually(is_there, seconds=20)
    found: dict[str, Any] = (await patterns(client))["items"][0]
    return found


async def test_what_came_three_times_is_a_pattern_and_proposes_an_action_on_the_newest_postmortem(
    harness: Harness,
) -> None:
    incident, analytics, postmortem = await recurring(harness, with_postmortem=True)
    pattern = await first_pattern(analytics)
    assert (pattern["name"], pattern["frequency"]["most_in_30_days"]) == ("Disk full", 3)
    assert pattern["fixes"] == [{"text": "removed the old logs", "count": 3}]
    assert pattern["proposed_action"]["title"] == "Prevent “Disk full”: rotate logs daily"
    assert "removed the old logs" in pattern["runbook_draft"]

    async def items() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await incident.get(f"/postmortems/{postmortem}/actions")).json()["items"]
        return found

    (proposed,) = await eventually(items, seconds=20)
    assert (proposed["title"], proposed["state"], proposed["assignee_id"]) == (
        "Prevent “Disk full”: rotate logs daily",
        "open",
        None,
    )
    again = await harness.event("pattern.recurred.v1")
    await harness.publish(again)
    assert len(await items()) == 1


async def test_without_a_postmortem_the_proposal_stays_on_the_pattern(harness: Harness) -> None:
    incident, analytics, _ = await recurring(harness, with_postmortem=False)
    await first_pattern(analytics)
    await harness.event("pattern.recurred.v1", seconds=20)
    pattern = await first_pattern(analytics)
    assert pattern["proposed_action"]["proposed_at"] is not None
    assert (await incident.get("/actions")).json()["items"] == []


async def test_notes_survive_a_new_generation_and_an_edit_elsewhere(harness: Harness) -> None:
    _, analytics, _ = await recurring(harness, with_postmortem=False)
    pattern = await first_pattern(analytics)
    document = (await analytics.get(DOCUMENT)).text
    begin = f"<!-- notes:{pattern['id']} -->"
    edited = document.replace(begin, f"{begin}\nAsk Sara first. 先に電話。")
    headers = {"Content-Type": "text/markdown; charset=utf-8"}
    taken = await analytics.put(DOCUMENT, content=edited.encode("utf-8-sig"), headers=headers)
    assert taken.json() == {"changed": [pattern["id"]], "unchanged": 1, "unknown": []}
    assert (await analytics.get(DOCUMENT)).text == edited
    assert (await first_pattern(analytics))["notes"] == "Ask Sara first. 先に電話。"
    assert (await analytics.put(DOCUMENT, content=edited.encode("utf-16"), headers={})).json()["changed"] == []


@pytest.mark.parametrize(
    "body, status",
    [
        pytest.param(b"# no document of ours", 422, id="another document"),
        pytest.param(b"<!-- notes:top -->\n", 422, id="cut off"),
        pytest.param(b"<!-- notes:top -->\n\xff\xfe\xff\n<!-- /notes -->", 400, id="no text of any encoding"),
        pytest.param(b"\x00\x01\x02", 400, id="bytes"),
    ],
)
async def test_a_document_that_cannot_be_read_is_refused_whole(harness: Harness, body: bytes, status: int) -> None:
    client = harness.client(await harness.start("analytics", build_analytics))
    assert (await client.put(DOCUMENT, content=body)).status_code == status
    assert (await patterns(client))["items"] == []


async def test_only_managers_of_all_teams_give_the_document_back(harness: Harness) -> None:
    runtime = await harness.start("analytics", build_analytics)
    for role, teams in ((Role.RESPONDER, ()), (Role.MANAGER, ("shop",))):
        client = harness.client(runtime, Identity(key_id="k", name="k", role=role, teams=teams))
        assert (await client.get(DOCUMENT)).status_code == 200
        assert (await client.put(DOCUMENT, content=b"<!-- notes:top -->\n<!-- /notes -->")).status_code == 403


async def test_patterns_come_a_page_at_a_time(harness: Harness) -> None:
    incident, analytics, _ = await recurring(harness, with_postmortem=False)
    for number in range(2):
        made = await incident.post("/incidents", json={"title": f"Certificate of shop-{number}.example.com expired"})
        await incident.post(f"/incidents/{made.json()['id']}/resolve", json=RESOLUTION)

    async def both() -> bool:
        return len((await patterns(analytics))["items"]) == 2

    await eventually(both, seconds=20)
    first = await patterns(analytics, limit=1)
    second = await patterns(analytics, limit=1, cursor=first["next_cursor"])
    assert [one["items"][0]["frequency"]["count"] for one in (first, second)] == [3, 2]
    assert second["next_cursor"] is None
