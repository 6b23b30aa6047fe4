"""A runbook waits for somebody else than who started it: they answer by a button in Slack, or by the link in a mail."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from deploy.local.stack import Stack
from shared.testing.harness import eventually
from shared.testing.peers.slack import SlackMessage, SlackServer
from tests.scenarios.world import Person, World, slack_id

APPROVE = "tocsin_approve"


async def _waiting(world: World, stack: Stack) -> tuple[str, Person, Person]:
    """An execution that the first of these two started, and that the second is asked about."""
    sara = await world.engineer("sara", ("email", "slack"))
    kenji = await world.engineer("kenji", ("email", "slack"))
    team = world.named("team")
    await world.post("/teams", {"id": team, "name": team, "members": [sara.id, kenji.id]})
    service = await world.service(await world.policy((sara, 300)), team=team)
    steps = [{"type": "approval", "name": "ask", "question": "May the database restart?"}]
    runbook = (await world.post("/runbooks", {"name": world.named("restart"), "steps": steps}))["id"]
    await world.fire(service)
    incident = await world.incident(service)
    async with _as(world, stack, sara) as her:
        answer = await her.post(f"/incidents/{incident['id']}/run-action", json={"runbook_id": runbook})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"]), sara, kenji


@asynccontextmanager
async def _as(world: World, stack: Stack, person: Person) -> AsyncIterator[httpx2.AsyncClient]:
    made = await world.post("/api-keys", {"name": world.named("own"), "role": "responder", "user_id": person.id})
    async with httpx2.AsyncClient(
        base_url=stack.url, headers={"authorization": f"Bearer {made['key']}"}, trust_env=False
    ) as client:
        yield client


async def _asked(slack: SlackServer, person: Person) -> SlackMessage:
    def found() -> list[SlackMessage]:
        return [one for one in slack.to(slack_id(person.id)) if one.button(APPROVE) is not None]

    return (await eventually(found))[0]


async def _press(stack: Stack, slack: SlackServer, message: SlackMessage, person: Person) -> None:
    headers, body = slack.press(message, APPROVE, slack_id(person.id))
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False) as slacks_own:
        answer = await slacks_own.post("/integrations/slack/actions", content=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def _ends(world: World, execution: str, state: str) -> dict[str, Any]:
    async def read() -> dict[str, Any]:
        found: dict[str, Any] = await world.get(f"/executions/{execution}")
        return found

    return await eventually(read, until=lambda one: one["state"] == state)


async def test_who_started_it_is_refused_and_another_of_the_team_approves_by_the_button(
    world: World, stack: Stack, slack: SlackServer
) -> None:
    execution, sara, kenji = await _waiting(world, stack)
    message = await _asked(slack, kenji)
    before = len(slack.whispers)
    await _press(stack, slack, message, sara)
    await eventually(lambda: len(slack.whispers) > before)
    assert any("started this yourself" in one["text"] for one in slack.whispers[before:])
    assert (await world.get(f"/executions/{execution}"))["state"] == "waiting"
    await _press(stack, slack, message, kenji)
    ended = await _ends(world, execution, "succeeded")
    assert ended["steps"][0]["approved_by"]["user_id"] == kenji.id
    await eventually(lambda: "Approved by Kenji" in message.text)
    await world.until_told(ended["incident_id"], "was approved")


async def test_the_link_in_the_mail_shows_two_buttons_and_rejects(world: World, stack: Stack) -> None:
    execution, _, kenji = await _waiting(world, stack)

    def links() -> list[str]:
        return [link for mail in kenji.mails() for link in re.findall(r"\S+(/approvals/[\w.-]+)", mail.text())]

    link = (await eventually(links))[0]
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False) as browser:
        shown = await browser.get(link, headers={"accept": "text/html"})
        assert (shown.status_code, shown.text.count("<button")) == (200, 2)
        assert shown.headers["cache-control"] == "no-store"
        assert (await world.get(f"/executions/{execution}"))["state"] == "waiting"
        address = re.findall(r'action="([^"]+/reject)"', shown.text)[0]
        assert (await browser.post(address, headers={"accept": "text/html"})).status_code == 200
        assert (await browser.post(address)).status_code == 409
    ended = await _ends(world, execution, "failed")
    assert ended["reason"] == "rejected"
