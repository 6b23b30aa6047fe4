"""An action item of a post-mortem and its Jira issue follow each other, through the whole stack, and nothing echoes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from deploy.local.stack import Stack
from shared.testing.harness import eventually
from shared.testing.peers.jira import EMAIL, PROJECT, TOKEN, Issue, JiraServer
from tests.scenarios.world import World


@pytest.fixture
def jira() -> Iterator[JiraServer]:
    with JiraServer() as server:
        yield server


@pytest.fixture
async def project(world: World, jira: JiraServer) -> AsyncIterator[dict[str, Any]]:
    """The project of this test's team; the other tests' actions stay out of it."""
    made = await world.post(
        "/integrations/jira",
        {
            "base_url": jira.url,
            "email": EMAIL,
            "api_token": TOKEN,
            "project_key": PROJECT,
            "issue_type": "Task",
            "status_map": {"in_progress": "In Progress", "dropped": "Won't Do"},
            "team": world.named("payments"),
        },
        expect=201,
    )
    yield made
    await world.api.delete(f"/integrations/jira/{made['id']}")


async def assigned(world: World, jira: JiraServer) -> tuple[str, Issue]:
    """An action of a new post-mortem that is Sara's, and the issue that Jira then has."""
    sara = await world.engineer("sara")
    jira.accounts[sara.address] = "acc-sara"
    await world.post("/teams", {"id": world.named("payments"), "name": world.named("payments"), "members": [sara.id]})
    service = await world.service(team=world.named("payments"))
    incident = await world.post("/incidents", {"title": "Disk is full", "service_id": service})
    await world.post(f"/incidents/{incident['id']}/resolve", {"root_cause": "log rotation was off"})
    postmortem = await world.post("/postmortems", {"incident_id": incident["id"]}, expect=201)
    action = await world.post(
        f"/postmortems/{postmortem['id']}/actions",
        {"title": "Rotate logs daily", "assignee_id": sara.id, "due_on": "2030-05-01", "priority": "high"},
        expect=201,
    )
    await becomes(world, action["id"], ticket="open")
    return action["id"], jira.issues["OPS-1"]


async def becomes(world: World, action_id: str, *, seconds: float = 10, **expected: str) -> dict[str, Any]:
    """The action once its `state`, or its `ticket`'s, is so."""

    async def ask() -> dict[str, Any]:
        action: dict[str, Any] = await world.get(f"/actions/{action_id}")
        return action | {"ticket": (action["ticket"] or {}).get("state"), "shown": action["ticket"]}

    return await eventually(ask, until=lambda action: expected.items() <= action.items(), seconds=seconds)


async def tell(stack: Stack, jira: JiraServer, secret: str, status: str) -> int:
    """Somebody moves the issue in Jira, which calls us without any key of ours."""
    headers, body = jira.webhook("OPS-1", status, secret=secret)
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False) as jira_itself:
        answer = await jira_itself.post("/integrations/jira/webhook", content=body, headers=headers)
    return answer.status_code


def moves(jira: JiraServer) -> int:
    return jira.count_calls("POST", "/transitions")


async def settled(world: World, jira: JiraServer) -> list[tuple[str, str]]:
    """What was written to Jira, once the ticket says that both sides agree."""

    async def ask() -> str:
        tickets = (await world.get("/integrations/jira/tickets", limit=200))["items"]
        return next((str(one["sync"]) for one in tickets if str(one["url"]).startswith(jira.url)), "")

    await eventually(ask, until=lambda sync: sync == "synced", seconds=20)
    return [call for call in jira.calls if call[0] != "GET"]


async def test_an_action_and_its_issue_follow_each_other_and_nothing_echoes(
    world: World, stack: Stack, jira: JiraServer, project: dict[str, Any]
) -> None:
    action_id, issue = await assigned(world, jira)
    assert issue.fields["assignee"] == {"accountId": "acc-sara"}
    assert (issue.fields["summary"], issue.fields["duedate"]) == ("Rotate logs daily", "2030-05-01")
    made = await settled(world, jira)
    assert made == [("POST", "/rest/api/3/issue")]

    assert await tell(stack, jira, project["webhook_secret"], "Done") == 202
    done = await becomes(world, action_id, state="done")
    assert (done["updated_by"], done["shown"]["url"]) == ("jira", f"{jira.url}/browse/OPS-1")
    assert await settled(world, jira) == made

    assert (await world.api.patch(f"/actions/{action_id}", json={"state": "open"})).status_code == 200
    await eventually(lambda: issue.status == "To Do")
    reopened = await becomes(world, action_id, ticket="open")
    assert await tell(stack, jira, project["webhook_secret"], "To Do") == 202
    written = await settled(world, jira)
    assert written == [*made, ("POST", "/rest/api/3/issue/OPS-1/transitions")]
    assert (await world.get(f"/actions/{action_id}"))["version"] == reopened["version"]
    assert len(jira.issues) == 1


async def test_a_webhook_that_nobody_signed_changes_nothing(
    world: World, stack: Stack, jira: JiraServer, project: dict[str, Any]
) -> None:
    action_id, _ = await assigned(world, jira)
    assert await tell(stack, jira, "not the secret", "Done") == 401
    assert (await world.get(f"/actions/{action_id}"))["state"] == "open"
