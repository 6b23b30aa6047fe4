"""Three brokers and two sites: nodes die or are cut off, the database goes away, and every page comes once and in time.

A promise here is how late a page may be; `tests/chaos/promises.py` allows five seconds, the rest is the outage's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.testing.harness import eventually
from shared.testing.webhook_sink import WebhookSink
from tests.chaos.monitoring import Monitoring
from tests.chaos.promises import MOST_LATE_SECONDS, Outage
from tests.chaos.scene import Scene
from tests.cluster.network import CLIENTS, PEERS
from tests.cluster.nodes import NET_TICK_SECONDS, Cluster
from tests.cluster.sites import Sites

KILLED_SECONDS, UNREACHABLE_SECONDS, CUT_OFF_SECONDS, DATABASE_SECONDS = 10.0, 15.0, NET_TICK_SECONDS + 15.0, 10.0
"""How late a page may be: after the harm, but for the database, whose absence is waited out: after it is back."""
QUIET_SECONDS = 6.0
"""Alerts flow for so long before anything happens."""


@asynccontextmanager
async def load(sites: Sites, hooks: WebhookSink) -> AsyncIterator[Scene]:
    """Alerts of ever more services; afterwards nothing was lost, doubled, or later than the outages allow."""
    scene = Scene(sites.near, hooks, services=60)
    await scene.set_up()
    async with Monitoring(sites.near.url, sites.near.admin_key, scene.services, every_seconds=1.0) as monitoring:
        await asyncio.sleep(QUIET_SECONDS)
        yield scene
        await monitoring.all_introduced()
    broken = await scene.broken_promises(monitoring)
    await scene.close()
    assert broken == []


def late_by(what: str, start: float, seconds: float) -> Outage:
    """The outage after whose start a page may be so late."""
    return Outage(what, start, start + seconds - MOST_LATE_SECONDS)


async def whole(cluster: Cluster) -> None:
    """Wait until every node sees all others."""
    await eventually(lambda: asyncio.to_thread(lambda: cluster.whole), seconds=90)


async def test_a_node_is_killed(sites: Sites, cluster: Cluster, hooks: WebhookSink) -> None:
    """The one that the near site is connected to."""
    node = cluster.nodes[0]
    async with load(sites, hooks) as scene:
        scene.outages.append(late_by("a node is killed", time.time(), KILLED_SECONDS))
        await asyncio.to_thread(node.kill)
        await asyncio.sleep(20)
        await asyncio.to_thread(node.start)
        await whole(cluster)


async def test_a_node_is_unreachable_for_its_clients(sites: Sites, cluster: Cluster, hooks: WebhookSink) -> None:
    """Its peers reach it: they have no reason to do without it, and it may lead every queue."""
    async with load(sites, hooks) as scene:
        scene.outages.append(late_by("a node is unreachable", time.time(), UNREACHABLE_SECONDS))
        with cluster.nodes[0].machine.links[CLIENTS].severed():
            await asyncio.sleep(30)


async def test_a_node_is_cut_off_from_its_peers(sites: Sites, cluster: Cluster, hooks: WebhookSink) -> None:
    """Clients reach it still: until it knows that it is the minority it takes what it can't keep."""
    async with load(sites, hooks) as scene:
        scene.outages.append(late_by("a node is cut off", time.time(), CUT_OFF_SECONDS))
        with cluster.nodes[0].machine.links[PEERS].severed():
            await asyncio.sleep(40)
        await whole(cluster)


async def test_the_database_is_away(sites: Sites, cluster: Cluster, hooks: WebhookSink) -> None:
    """Alerts are accepted meanwhile: they wait in the brokers."""
    assert cluster.whole
    async with load(sites, hooks) as scene:
        start = time.time()
        sites.take_database_away()
        await asyncio.sleep(30)
        sites.bring_database_back()
        scene.outages.append(Outage("the database", start, time.time() + DATABASE_SECONDS - MOST_LATE_SECONDS))
        await eventually(scene.ready, seconds=30)
