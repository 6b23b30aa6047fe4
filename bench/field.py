"""What is measured: a whole stack, its people and services, the receiver of its pages and the depth of its queues."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aio_pika
from pymongo import AsyncMongoClient

from bench.connection import Connection
from bench.cost import Spending
from deploy.local import record
from deploy.local.stack import Stack
from shared.bus.topology import QUEUES
from shared.testing.webhook_sink import WebhookSink

ENGINEER = "engineer"
POLICY = "policy"
NO_LIMIT = {"TOCSIN_OUTBOUND_ALLOW": "127.0.0.0/8", "TOCSIN_RATE_LIMIT": "1000000", "TOCSIN_LOG_LEVEL": "WARNING"}
AT_ONCE = 4


class Field:
    """One engineer who is paged at once by a webhook on loopback, for every service there is."""

    def __init__(self, stack: Stack, hooks: WebhookSink) -> None:
        self.url = stack.url
        self.key = stack.admin_key
        self.hooks = hooks
        self.asking = Connection(self.url, self.key)
        self._stack = stack

    async def set_up(self) -> None:
        """Make the engineer and the policy."""
        method = {"id": "hook", "channel": "webhook", "address": self.hooks.url(ENGINEER)}
        person = {"id": ENGINEER, "name": ENGINEER, "email": "engineer@example.org", "contact_methods": [method]}
        await self.asking.make("/users", person)
        step = {"targets": [{"type": "user", "id": ENGINEER}], "timeout_seconds": 3600}
        await self.asking.make("/escalation-policies", {"id": POLICY, "name": POLICY, "steps": [step]})

    def spending(self) -> Spending:
        """What the stack spends from now on."""
        return Spending(self._stack)

    async def make_services(self, names: Sequence[str]) -> None:
        """Make services that follow the policy."""
        waiting = iter(names)

        async def work() -> None:
            connection = Connection(self.url, self.key)
            for name in waiting:
                await connection.make("/services", {"id": name, "name": name, "escalation_policy_id": POLICY})
            connection.close()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    @contextlib.asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[Any]:
        """A service's own database, for what would take too long by the API."""
        started = self._record()
        async with AsyncMongoClient[dict[str, Any]](started.environ["TOCSIN_MONGO_URL"], tz_aware=True) as client:
            yield client[f"tocsin_{service}"]

    def paged(self) -> dict[str, float]:
        """When each service's first page arrived."""
        first: dict[str, float] = {}
        for post in self.hooks.to(ENGINEER):
            first.setdefault(post.json()["incident"]["service_id"], post.at)
        return first

    async def incidents(self, service: str) -> list[dict[str, Any]]:
        """The incidents of a service, newest first."""
        page = await self.asking.read(f"/incidents?service_id={service}&limit=200")
        items: list[dict[str, Any]] = page["items"]
        return items

    async def members(self, service: str) -> int:
        """How many alerts the incidents of a service have by now."""
        return sum(incident["alerts"]["count"] for incident in await self.incidents(service))

    async def depths(self) -> dict[str, int]:
        """Messages that wait in each queue, without those that a consumer holds already."""
        started = self._record()
        async with await aio_pika.connect(started.environ["TOCSIN_AMQP_URL"]) as connection:
            channel = await connection.channel()
            found: dict[str, int] = {}
            for queue in QUEUES:
                declared = await channel.declare_queue(f"tocsin.{queue.name}", passive=True)
                found[queue.name] = declared.declaration_result.message_count or 0
            return found

    async def settled(self, *, seconds: float = 300) -> bool:
        """Wait until nothing waits in any queue, twice in a row; False when that does not come in time."""
        empty = 0
        for _ in range(int(seconds * 2)):
            empty = empty + 1 if not any((await self.depths()).values()) else 0
            if empty == 2:
                return True
            await asyncio.sleep(0.5)
        return False

    def _record(self) -> record.Record:
        started = record.read(self._stack.run_dir)
        if started is None:
            raise RuntimeError("the stack does not run")
        return started
