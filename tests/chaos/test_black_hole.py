"""The link to the broker goes silent: senders are told at once, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from deploy.local.broker import Broker
from deploy.local.stack import Stack
from shared.testing.harness import eventually
from shared.testing.tcp_proxy import TcpProxy, port_of
from shared.testing.webhook_sink import WebhookSink
from tests.chaos.monitoring import Monitoring
from tests.chaos.promises import Outage
from tests.chaos.scene import Scene

HOLE_SECONDS = 15.0
"""Longer than a heartbeat, and twice as long as a process waits before it gives a silent link up."""
NOTICED_SECONDS = 5.0
ANSWERED_SECONDS = 8.0
"""Nobody who delivers an alert hangs, also not whose request was on its way when the link went silent."""
TOLD_SECONDS = 3.0
"""Once ingest has noticed the silence, a sender is told sooner."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as running:
        yield running


async def test_a_silent_broker_is_noticed_and_told_and_nothing_is_lost(
    tmp_path: Path, hooks: WebhookSink, broker: Broker
) -> None:
    with TcpProxy(port_of(broker.url)) as proxy:
        env = {"TOCSIN_OUTBOUND_ALLOW": "127.0.0.0/8", "TOCSIN_AMQP_URL": proxy.through(broker.url)}
        with Stack(tmp_path / "run", env=env) as stack:
            scene = Scene(stack, hooks, services=50)
            await scene.set_up()
            async with Monitoring(stack.url, stack.admin_key, scene.services, every_seconds=0.6) as monitoring:
                await asyncio.sleep(6)
                start = time.time()
                proxy.black_hole()
                await eventually(lambda: _is_not_ready(scene), seconds=NOTICED_SECONDS)
                # each process notices by itself: the gateway hears it of the first, senders meet ingest
                await eventually(lambda: _ingest_knows(scene), seconds=start + NOTICED_SECONDS - time.time())
                answers = await _ask_until(stack, start + HOLE_SECONDS)
                proxy.restore()
                await eventually(scene.ready, seconds=30)
                scene.outages.append(Outage("link", start, time.time()))
                await monitoring.all_introduced()
            broken = await scene.broken_promises(monitoring)
            await scene.close()
    assert {status for status, _ in answers} == {503}
    assert max(seconds for _, seconds in answers) < TOLD_SECONDS
    assert monitoring.slowest_answer < ANSWERED_SECONDS
    assert broken == []


async def _is_not_ready(scene: Scene) -> bool:
    return not await scene.ready()


async def _ingest_knows(scene: Scene) -> bool:
    return not await scene.says_ready("ingest")


async def _ask_until(stack: Stack, until: float) -> list[tuple[int, float]]:
    """Status and seconds of one alert after the other, all while the link is silent and the gateway knows it."""
    answers = []
    headers = {"authorization": f"Bearer {stack.admin_key}"}
    async with httpx2.AsyncClient(base_url=stack.url, headers=headers, timeout=15, trust_env=False) as client:
        while time.time() < until - 2:
            began = time.monotonic()
            answer = await client.post("/incidents/webhook", json={"title": "into the hole", "service": "nobody"})
            answers.append((answer.status_code, time.monotonic() - began))
            await asyncio.sleep(1)
    await asyncio.sleep(max(0.0, until - time.time()))
    return answers
