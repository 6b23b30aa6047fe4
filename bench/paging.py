"""Page latency, from the beginning of the POST of a new service's first alert to its page at the receiver; and what a
new incident costs, all that follows it included.
"""

from __future__ import annotations

import asyncio
import json
import time

from bench.connection import Connection
from bench.cost import Cost, each
from bench.feeder import alert
from bench.field import Field
from bench.figures import Figure, percentile
from deploy.local.database import Server

PER_SECOND = {Server.SECANTUS_PYTHON: 5}
FAST_PER_SECOND = 10
QUIET_SECONDS = 8
"""What making the services leaves to do, such as reading the map anew, is not measured."""
REST_SECONDS = 10
"""So long what the stack spends anyway is measured, which is no part of an incident's cost."""
AFTER_SECONDS = 4
"""What comes after the last page is measured too: outboxes are cleared, copies written."""
GOALS_MS = ((0.5, 50.0), (0.99, 250.0))
PROCESSOR_GOALS_MS = {Server.SECANTUS_PYTHON: 60.0}
FAST_PROCESSOR_GOAL_MS = 40.0


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


async def measure(field: Field, seconds: int, server: Server) -> list[Figure]:
    """p50 and p99 at five new incidents a second on the default database, at ten on a faster one; then the cost."""
    a_second = PER_SECOND.get(server, FAST_PER_SECOND)
    services = [f"page-{number:04d}" for number in range(a_second * seconds)]
    await field.make_services(services)
    await field.settled()
    await asyncio.sleep(QUIET_SECONDS)
    rest = await _cost_at_rest(field)
    spending = field.spending()
    sent = await _open(field, services, a_second)
    arrived = await _pages(field, services)
    await asyncio.sleep(AFTER_SECONDS)
    cost = spending.cost()
    waits = [(arrived[service] - sent[service]) * 1000 for service in services if service in arrived]
    missing = len(services) - len(waits)
    note = f"{len(waits)} pages at {a_second} new incidents/s" + (f", {missing} NEVER CAME" if missing else "")
    note += "" if await field.settled() else ", QUEUES NOT EMPTY AFTER IT"
    pages = [
        Figure(f"alert to page, p{share * 100:.0f}", percentile(waits, share), "ms", goal=goal, note=note)
        for share, goal in GOALS_MS
    ]
    goal = PROCESSOR_GOALS_MS.get(server, FAST_PROCESSOR_GOAL_MS)
    return [*pages, *each(cost.beside(rest), len(services), goal)]


async def _cost_at_rest(field: Field) -> Cost:
    spending = field.spending()
    await asyncio.sleep(REST_SECONDS)
    return spending.cost()


async def _open(field: Field, services: list[str], a_second: int) -> dict[str, float]:
    """Fire one alert of each service, so many a second; when each was sent."""
    sent: dict[str, float] = {}
    connections = [Connection(field.url, field.key) for _ in range(4)]
    begun = time.monotonic()

    async def lane(number: int) -> None:
        for index in range(number, len(services), len(connections)):
            service = services[index]
            await asyncio.sleep(max(0.0, begun + index / a_second - time.monotonic()))
            sent[service] = time.time()
            body = json.dumps(alert(service, service)).encode()
            status, answer = await connections[number].post("/incidents/webhook", body)
            if status != 202:
                raise RuntimeError(f"the alert was answered {status}: {answer[:300]!r}")

    await asyncio.gather(*(lane(number) for number in range(len(connections))))
    for connection in connections:
        connection.close()
    return sent


async def _pages(field: Field, services: list[str]) -> dict[str, float]:
    """When each service's page arrived, of those that did within a minute."""
    for _ in range(600):
        arrived = field.paged()
        if all(service in arrived for service in services):
            return arrived
        await asyncio.sleep(0.1)
    return field.paged()
