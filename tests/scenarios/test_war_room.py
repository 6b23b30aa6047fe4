"""One click makes a Slack channel and a video call; what people mark there reaches the timeline."""

from __future__ import annotations

import httpx2

from deploy.local.stack import Stack
from shared.testing.harness import eventually
from shared.testing.peers.slack import SlackServer
from tests.scenarios.world import World


async def test_an_engineer_opens_a_war_room_and_marks_what_was_found(
    world: World, stack: Stack, slack: SlackServer
) -> None:
    incident = await world.post("/incidents", {"title": "Payments are slow", "severity": "critical"})
    path = f"/incidents/{incident['id']}/war-room"
    room = await world.post(path)
    assert room["call"]["url"].startswith("https://meet.jit.si/")
    assert (await world.post(path))["call"] == room["call"]

    async def channel() -> str:
        return str(((await world.get(path))["channel"] or {}).get("id", ""))

    said = slack.say(await eventually(channel), "USOMEBODY", "the disk of db-1 is full")
    headers, body = slack.react(said, "pushpin", "USOMEBODY")
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False) as slack_itself:
        answer = await slack_itself.post("/integrations/slack/events", content=body, headers=headers)
        assert answer.status_code == 200

    async def lines() -> list[str]:
        return [line["text"] for line in (await world.get(f"/incidents/{incident['id']}/timeline"))["items"]]

    await eventually(lines, until=lambda texts: sum("the disk of db-1 is full" in text for text in texts) == 1)
