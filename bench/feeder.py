"""A process of its own that feeds alerts, 100 per request, as fast as it is allowed and no faster.

The measuring process raises the number of requests that may have been sent; so the load follows what is processed and
no queue grows. Every `MARKED`th request carries an alert of the marker service under a key of its own: that service's
incident then counts how many requests have gone the whole way.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import uvloop

from bench.connection import Connection

PER_REQUEST = 100
MARKED = 10
CONNECTIONS = 4
NEW_KEYS = 0.1
REPEATED = 50
"""Requests whose new keys are still repeated."""

Body = Callable[[int], list[dict[str, str]]]
"""The alerts of request number n."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """90 % repeats, 10 % new keys, spread over `services` services; every tenth request is marked."""

    services: int
    marker: str

    def __call__(self, number: int) -> list[dict[str, str]]:
        chance = random.Random(number)
        alerts = []
        fresh = int(PER_REQUEST * NEW_KEYS)
        for index in range(PER_REQUEST):
            # a new key is numbered by its request; a repeat names one of the last requests: each comes nine times more
            settled = max(1, number - 2 * CONNECTIONS)  # what another connection sends just now is nobody's repeat
            of = number if index < fresh else chance.randrange(max(0, settled - REPEATED), settled)
            service = (of * fresh + index % fresh) % self.services
            alerts.append(alert(f"decide-{service:04d}", f"key-{of}-{index % fresh}"))
        if number % MARKED == 0:
            alerts[-1] = alert(self.marker, f"mark-{number}")
        return alerts


@dataclass(frozen=True, slots=True)
class OneService:
    """Every alert is a new one of one service."""

    service: str

    def __call__(self, number: int) -> list[dict[str, str]]:
        return [alert(self.service, f"storm-{number}-{index}") for index in range(PER_REQUEST)]


def alert(service: str, key: str) -> dict[str, str]:
    """One generic alert."""
    return {
        "title": "The error rate is above 5 %",
        "description": "for five minutes, on this service's public endpoint",
        "severity": "critical",
        "service": service,
        "dedup_key": key,
        "source": "bench",
    }


class Feeder:
    """A context manager: the process lives inside."""

    def __init__(self, url: str, key: str, body: Body) -> None:
        context = multiprocessing.get_context("spawn")
        self._allowed: Any = context.Value("q", 0)
        self._accepted: Any = context.Value("q", 0)
        self._refused: Any = context.Value("q", 0)
        self._process = context.Process(
            target=_feed, args=(url, key, body, _Counters(self._allowed, self._accepted, self._refused)), daemon=True
        )

    def allow(self, requests: int) -> None:
        """So many requests may have been sent, since the start, by now."""
        self._allowed.value = requests

    @property
    def accepted(self) -> int:
        """Requests that were answered 202."""
        return int(self._accepted.value)

    @property
    def refused(self) -> int:
        """Answers that were something else; those requests were sent again."""
        return int(self._refused.value)

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.join(10)


@dataclass(frozen=True, slots=True)
class _Counters:
    """Integers that both processes see."""

    allowed: Any
    accepted: Any
    refused: Any


def _feed(url: str, key: str, body: Body, counters: _Counters) -> None:
    next_number = iter(range(10**9))

    async def work() -> None:
        connection = Connection(url, key)
        for number in next_number:
            while number >= counters.allowed.value:  # noqa: ASYNC110 - another process raises it
                await asyncio.sleep(0.005)
            request = json.dumps(body(number)).encode()
            while True:
                status, _ = await connection.post("/incidents/webhook", request)
                if status == 202:
                    counters.accepted.value += 1
                    break
                counters.refused.value += 1
                await asyncio.sleep(0.05)

    async def all_of_them() -> None:
        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))

    uvloop.run(all_of_them())
