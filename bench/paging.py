"""Page latency: from the beginning of the POST of a new service's first alert to its page at the receiver."""

from __future__ import annotations

import asyncio
import json
import time

from bench.connection import Connection
from bench.feeder import alert
from bench.field import Field
from bench.figures import Figure, percentile

PER_SECOND = 10
REST_SECONDS = 3
"""What making the services leaves to do, such as reading the map anew, is not measured."""
GOALS_MS = ((0.5, 50.0), (0.99, 250.0))


async def page_seconds(field: Field, service: str) -> float:
    """Fire one alert of a service that has no incident and wait for its page; the time between, in seconds."""
    connection = Connection(field.url, field.key)
    began = time.time()
    status, body = await connection.post("/incidents/webhook", json.dumps(alert(service, service)).encode())
    connection.close()
    if status != 202:
        raise RuntimeError(f"the alert was answered {status}: {body[:300]!r}")
    for _ in range(6000):
        arrived = field.paged().get(service)
        if arrived is not None:
            return arrived - began
        await asyncio.sleep(0.01)
    raise RuntimeError(f"{service} was not paged within a minute")


async def measure(field: Field, seconds: int) -> list[Figure]:
    """p50 and p99 at ten new incidents a second."""
    services = [f"page-{number:04d}" for number in range(PER_SECOND * seconds)]
    await field.make_services(services)
    await field.settled()
    await asyncio.sleep(REST_SECONDS)
    sent: dict[str, float] = {}
    spent = field.spent()
    connections = [Connection(field.url, field.key) for _ in range(4)]
    begun = time.monotonic()

    async def post(service: str, connection: Connection) -> None:
        sent[service] = time.time()
        status, body = await connection.post("/incidents/webhook", json.dumps(alert(service, service)).encode())
        if status != 202:
            raise RuntimeError(f"the alert was answered {status}: {body[:300]!r}")

    async def lane(number: int) -> None:
        for index in range(number, len(services), len(connections)):
            await asyncio.sleep(max(0.0, begun + index / PER_SECOND - time.monotonic()))
            await post(services[index], connections[number])

    await asyncio.gather(*(lane(number) for number in range(len(connections))))
    for _ in range(600):
        arrived = field.paged()
        if all(service in arrived for service in services):
            break
        await asyncio.sleep(0.1)
    for connection in connections:
        connection.close()
    arrived = field.paged()
    waits = [(arrived[service] - sent[service]) * 1000 for service in services if service in arrived]
    missing = len(services) - len(waits)
    note = f"{len(waits)} pages at {PER_SECOND} new incidents/s" + (f", {missing} NEVER CAME" if missing else "")
    pages = [
        Figure(f"alert to page, p{share * 100:.0f}", percentile(waits, share), "ms", goal=goal, note=note)
        for share, goal in GOALS_MS
    ]
    await field.settled()
    return [*pages, *spent.each(len(services))]
