"""Monitoring that does not give up: it tells of alerts of many services, and retries as Alertmanager does."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import httpx2

from shared.testing.harness import eventually

REQUESTS_PER_SECOND = 5
RETRY_SECONDS = 0.3
ANSWER_SECONDS = 10.0


class Monitoring:
    """Introduces one service after the other and tells of ever new alerts of those it has introduced.

    An async context manager: it flows inside. `accepted` maps each dedup_key to when it was accepted, `first` each
    service to when its first alert was. Every alert is sent until it is accepted.
    """

    def __init__(self, url: str, key: str, services: Sequence[str], *, every_seconds: float) -> None:
        self.accepted: dict[str, float] = {}
        self.first: dict[str, float] = {}
        self.refused: list[str] = []
        self.slowest_answer = 0.0
        self._client = httpx2.AsyncClient(
            base_url=url,
            # each request on a connection of its own: replicas of the gateway share by connection
            headers={"authorization": f"Bearer {key}", "connection": "close"},
            timeout=ANSWER_SECONDS,
            trust_env=False,
        )
        self._services = services
        self._every = every_seconds
        self._begun = time.monotonic()
        self._sending: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self._number = 0

    @property
    def introduced(self) -> int:
        """How many services have had an alert by now."""
        return min(len(self._services), 1 + int((time.monotonic() - self._begun) / self._every))

    async def all_introduced(self) -> None:
        """Wait until every service has had an accepted alert."""
        await eventually(lambda: len(self.first), seconds=120, until=lambda known: known == len(self._services))

    async def _flow(self) -> None:
        known = 0
        while not self._stop.is_set():
            if known < self.introduced:
                service = self._services[known]
                known += 1
            else:
                service = random.choice(self._services[:known])
            self._number += 1
            task = asyncio.create_task(self._tell(service, self._number))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 1 / REQUESTS_PER_SECOND)

    async def _tell(self, service: str, number: int) -> None:
        keys = [f"{service}-{number}-{index}" for index in range(1 + number % 3)]
        body = [self._alert(service, key) for key in keys]
        while True:
            began = time.monotonic()
            status = await self._post(body)
            self.slowest_answer = max(self.slowest_answer, time.monotonic() - began)
            if status == 202:
                now = time.time()
                self.accepted.update(dict.fromkeys(keys, now))
                self.first.setdefault(service, now)
                return
            if status not in (0, 503):
                self.refused.append(f"{keys[0]}: {status}")
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _post(self, body: Any) -> int:
        """The status; 0 for no answer."""
        try:
            return (await self._client.post("/incidents/webhook", json=body)).status_code
        except httpx2.TransportError:
            return 0

    def _alert(self, service: str, key: str) -> dict[str, Any]:
        return {
            "title": f"{key} fails",
            "severity": "critical",
            "service": service,
            "dedup_key": key,
            "source": "chaos",
        }

    async def __aenter__(self) -> Self:
        self._begun = time.monotonic()
        self._flowing = asyncio.create_task(self._flow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        await self._flowing
        if kind is None:
            async with asyncio.timeout(60):
                await asyncio.gather(*self._sending)
        else:
            for task in self._sending:
                task.cancel()
        await self._client.aclose()
