"""Taken down in the middle of its work and brought up again: its volumes are all that it needs."""

from __future__ import annotations

from shared.testing.webhook_sink import WebhookSink
from tests.compose.load import away, load
from tests.compose.project import Project


async def test_down_and_up_again_loses_nothing(project: Project, hooks: WebhookSink, figures: list[str]) -> None:
    key = project.admin_key
    async with load(project, hooks, services=20) as scene:
        gone = await away(scene, "down", project.down)
        took = await away(scene, "up", project.up)
    figures.append(f"down in {gone:.0f} s and up again in {took:.0f} s under load")
    assert project.admin_key == key
