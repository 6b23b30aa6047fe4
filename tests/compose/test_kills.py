"""Every container is killed in turn while alerts flow and steps fall due: nothing is lost, doubled or never paged."""

from __future__ import annotations

import asyncio

from shared.testing.webhook_sink import WebhookSink
from tests.chaos.scene import wait_and_kill
from tests.compose.load import load
from tests.compose.project import Project


async def test_every_container_is_killed_in_turn_and_every_promise_holds(
    project: Project, hooks: WebhookSink, figures: list[str]
) -> None:
    async with load(project, hooks, services=60) as scene:
        await wait_and_kill(scene, project.stays)
    back = ", ".join(f"{outage.part} {outage.end - outage.start:.1f} s" for outage in scene.outages)
    figures.append(f"killed and back, the whole ready: {back}")
    again = {name: project.state(name)["RestartCount"] for name in project.stays}
    assert set(again.values()) == {1}, again
    assert await asyncio.to_thread(project.ill) == []
