"""Accept rate: the same alerts, one load generator, to Tocsin (every one durable) and to Alertmanager (in memory)."""

from __future__ import annotations

import asyncio

from bench.field import Field
from bench.figures import Figure
from bench.payloads import PER_REQUEST, for_alertmanager, for_tocsin, hundreds
from bench.wrk import post_for
from shared.testing.peers.alertmanager import NOWHERE, Alertmanager

GROUPS = 50
REQUESTS = 200
CONNECTIONS = 32


async def measure(field: Field, seconds: int) -> list[Figure]:
    """Both rates in alerts per second. What Tocsin accepts here it goes on to process while it is measured."""
    services = [f"accept-{number:02d}" for number in range(GROUPS)]
    await field.make_services(services)
    alerts = hundreds(REQUESTS, services)
    with Alertmanager(NOWHERE) as peer:
        url = f"{peer.url}/api/v2/alerts"
        theirs = await asyncio.to_thread(post_for, seconds, url, for_alertmanager(alerts), connections=CONNECTIONS)
    url = f"{field.url}/incidents/webhook?source=alertmanager"
    ours = await asyncio.to_thread(post_for, seconds, url, for_tocsin(alerts), key=field.key, connections=CONNECTIONS)
    rates = ours.per_second * PER_REQUEST, theirs.per_second * PER_REQUEST
    refused = f", {ours.refused} requests refused" if ours.refused else ""
    return [
        Figure("Alertmanager accepts", rates[1], "alerts/s", note="in memory, 50 groups, 100 per request"),
        Figure(
            "Tocsin accepts",
            rates[0],
            "alerts/s",
            goal=rates[1],
            more_is_better=True,
            note=f"durable, p50 {ours.p50_ms:.0f} ms, p99 {ours.p99_ms:.0f} ms a request{refused}",
        ),
    ]
