"""Alerts that flow while something is done to the whole, and what must be true afterwards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from shared.testing.webhook_sink import WebhookSink
from tests.chaos.monitoring import Monitoring
from tests.chaos.promises import Outage
from tests.chaos.scene import Scene
from tests.compose.project import Project

QUIET_SECONDS = 5.0
"""Alerts flow for so long before anything is done, and after it."""


@asynccontextmanager
async def load(project: Project, hooks: WebhookSink, services: int) -> AsyncIterator[Scene]:
    """Alerts of one more service each second; afterwards nothing was lost, doubled, late or never paged."""
    scene = Scene(project, hooks, services=services)
    await scene.set_up()
    async with Monitoring(project.url, project.admin_key, scene.services, every_seconds=1.0) as monitoring:
        await asyncio.sleep(QUIET_SECONDS)
        yield scene
        await asyncio.sleep(QUIET_SECONDS)
        await monitoring.all_introduced()
    broken = await scene.broken_promises(monitoring)
    await scene.close()
    assert broken == [], broken


async def away(scene: Scene, what: str, action: Callable[[], object]) -> float:
    """Do it, an outage from its beginning until the whole is ready again: for so many seconds."""
    start = time.time()
    await asyncio.to_thread(action)
    scene.outages.append(Outage(what, start, time.time()))
    return time.time() - start
