"""Storm: very many alerts of one service at once, and the first pages of other services meanwhile."""

from __future__ import annotations

import asyncio
import time

from bench.feeder import PER_REQUEST, Feeder, OneService
from bench.field import Field
from bench.figures import Figure
from bench.paging import page_seconds

STORMY = "storm"
CALM = 10
GOAL_SECONDS = 2.0
PATIENCE_SECONDS = 900


async def _until_accepted(feeder: Feeder, requests: int) -> float:
    while feeder.accepted < requests:  # noqa: ASYNC110 - another process counts
        await asyncio.sleep(0.05)
    return time.monotonic()


async def measure(field: Field, alerts: int) -> list[Figure]:
    """The slowest first page of ten other services while the storm lasts, and how many of its alerts were lost."""
    calm = [f"calm-{number:02d}" for number in range(CALM)]
    await field.make_services([STORMY, *calm])
    await asyncio.sleep(2)
    requests = alerts // PER_REQUEST
    began = time.monotonic()
    slowest = 0.0
    with Feeder(field.url, field.key, OneService(STORMY)) as feeder:
        feeder.allow(requests)
        accepting = asyncio.create_task(_until_accepted(feeder, requests))
        for service in calm:
            slowest = max(slowest, await page_seconds(field, service))
            await asyncio.sleep(0.5)
        accepted = await accepting - began
    arrived = 0
    while arrived < requests * PER_REQUEST and time.monotonic() < began + PATIENCE_SECONDS:
        arrived = await field.members(STORMY)
        await asyncio.sleep(0.2)
    took = time.monotonic() - began
    lost = requests * PER_REQUEST - arrived
    note = f"accepted in {accepted:.1f} s, all processed in {took:.1f} s"
    return [
        Figure(f"storm of {alerts:,}: another's page", slowest, "s", goal=GOAL_SECONDS, note=f"slowest of {CALM}"),
        Figure(f"storm of {alerts:,}: lost", lost, "alerts", note=note),
        Figure(f"storm of {alerts:,}: incidents", len(await field.incidents(STORMY)), "", note="of one service"),
    ]
