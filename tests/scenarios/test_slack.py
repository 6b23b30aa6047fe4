"""Slack pages: their buttons acknowledge and resolve, and the message says who did, wherever it was done."""

from __future__ import annotations

import httpx2

from deploy.local.stack import Stack
from shared.testing.harness import eventually
from shared.testing.peers.slack import SlackMessage, SlackServer
from tests.scenarios.world import Person, World, slack_id

ACKNOWLEDGE, RESOLVE = "tocsin_acknowledge", "tocsin_resolve"


async def _paged(world: World, slack: SlackServer) -> tuple[str, SlackMessage, Person]:
    engineer = await world.engineer("sara", ("slack",))
    service = await world.service(await world.policy((engineer, 300)))
    await world.fire(service)
    message = (await eventually(lambda: slack.to(slack_id(engineer.id))))[0]
    return (await world.incident(service))["id"], message, engineer


async def _press(stack: Stack, slack: SlackServer, message: SlackMessage, action: str, person: Person) -> int:
    headers, body = slack.press(message, action, slack_id(person.id))
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False) as slacks_own:
        return (await slacks_own.post("/integrations/slack/actions", content=body, headers=headers)).status_code


async def test_an_engineer_takes_and_ends_an_incident_by_the_buttons_in_slack(
    world: World, stack: Stack, slack: SlackServer
) -> None:
    incident_id, message, engineer = await _paged(world, slack)
    assert await _press(stack, slack, message, ACKNOWLEDGE, engineer) == 200
    incident = await world.becomes(incident_id, "acknowledged")
    assert incident["assignees"] == [engineer.id]
    await eventually(lambda: "Acknowledged by Sara" in message.text)
    assert message.button(ACKNOWLEDGE) is None
    assert await _press(stack, slack, message, RESOLVE, engineer) == 200
    await world.becomes(incident_id, "resolved")
    await eventually(lambda: "Resolved by Sara" in message.text)
    lines = (await world.get(f"/incidents/{incident_id}/timeline"))["items"]
    assert [line["author"] for line in lines if line["kind"] == "status"] == [engineer.id] * 2


async def test_an_answer_given_elsewhere_takes_the_button_away(world: World, slack: SlackServer) -> None:
    incident_id, message, _ = await _paged(world, slack)
    await world.post(f"/incidents/{incident_id}/ack")
    await eventually(lambda: message.updates)
    assert message.button(ACKNOWLEDGE) is None


async def test_the_button_on_the_page_of_a_merged_incident_takes_the_one_that_it_went_into(
    world: World, stack: Stack, slack: SlackServer
) -> None:
    incident_id, message, engineer = await _paged(world, slack)
    into = (await world.post("/incidents", {"title": "the same trouble", "severity": "high"}))["id"]
    await world.post(f"/incidents/{incident_id}/merge", {"into": into})
    await eventually(lambda: f"Merged into {into}" in message.text)
    assert await _press(stack, slack, message, ACKNOWLEDGE, engineer) == 200
    incident = await world.becomes(into, "acknowledged")
    assert incident["assignees"] == [engineer.id]
    await eventually(lambda: "Acknowledged by Sara" in message.text)


async def test_a_press_that_is_not_signed_by_slack_acknowledges_nothing(
    world: World, stack: Stack, slack: SlackServer
) -> None:
    incident_id, message, engineer = await _paged(world, slack)
    _, body = slack.press(message, ACKNOWLEDGE, slack_id(engineer.id))
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False) as somebody:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        refused = await somebody.post("/integrations/slack/actions", content=body, headers=headers)
    assert refused.status_code == 401
    assert (await world.get(f"/incidents/{incident_id}"))["status"] == "triggered"
