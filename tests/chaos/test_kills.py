"""`kill -9` of every process in turn while alerts flow and steps fall due: nothing is lost, doubled or late."""

from __future__ import annotations

from pathlib import Path

from deploy.local.stack import Stack
from shared.testing.harness import eventually
from shared.testing.webhook_sink import WebhookSink
from tests.chaos.monitoring import Monitoring
from tests.chaos.scene import Scene, wait_and_kill

SERVICES = ("gateway", "ingest", "incident", "oncall", "automation", "comms", "analytics")
PARTS = ("supervisor", "broker", "database", *SERVICES)
SHARED_SECONDS = 30.0
"""Alerts flow on so long after the last kill, until every process has had its part of the work."""
ENV = {"TOCSIN_OUTBOUND_ALLOW": "127.0.0.0/8"}


async def test_every_process_is_killed_in_turn_and_every_promise_holds(tmp_path: Path, hooks: WebhookSink) -> None:
    with Stack(tmp_path / "run", env=ENV) as stack:
        scene = Scene(stack, hooks, services=50)
        await scene.set_up()
        async with Monitoring(stack.url, stack.admin_key, scene.services, every_seconds=1.0) as monitoring:
            await wait_and_kill(scene, PARTS)
            await monitoring.all_introduced()
        assert await scene.broken_promises(monitoring) == []
        await scene.close()


async def test_with_two_replicas_of_everything_the_promises_hold_and_the_work_is_shared(
    tmp_path: Path, hooks: WebhookSink
) -> None:
    instances = [instance for service in SERVICES[1:] for instance in (service, f"{service}.2")]
    with Stack(tmp_path / "run", env=ENV, replicas=dict.fromkeys(SERVICES, 2)) as stack:
        # of a new service every process hears something, so there are enough to last until all have had their part
        scene = Scene(stack, hooks, services=200)
        await scene.set_up()
        async with Monitoring(stack.url, stack.admin_key, scene.services, every_seconds=1.0) as monitoring:
            await wait_and_kill(scene, ["broker", "database"])
            await wait_and_kill(scene, SERVICES)
            await wait_and_kill(scene, [f"{service}.2" for service in SERVICES])
            idle = await eventually(
                lambda: scene.idle(*instances), seconds=SHARED_SECONDS, until=lambda found: found == []
            )
        broken = await scene.broken_promises(monitoring)
        gateways = await scene.gateways()
        await scene.close()
    assert broken == []
    assert idle == []
    assert len(gateways) == 2, gateways
    assert all(answered > 5 for answered in gateways.values()), gateways
