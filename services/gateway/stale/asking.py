"""Asks every service that has a part, all at once, with the caller's own token for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from services.gateway.proxy.upstream import Upstream
from services.gateway.requests.json_body import read_object
from services.gateway.requests.routes import Service
from shared.callers.identity import HEADER
from shared.events.control import StaleItem
from shared.problem import Problem
from shared.stale.asking import PATH

SECONDS = 3.0
NOT_THERE = 404
"""What a service answers that has no part."""
OWNERS = (Service.INCIDENT, Service.ONCALL, Service.COMMS, Service.AUTOMATION)


@dataclass(frozen=True, slots=True)
class Parts:
    """What they found, and who did not answer."""

    items: list[StaleItem]
    unanswered: list[str]


class StaleParts:
    """The parts of the services."""

    def __init__(self, upstreams: Mapping[Service, Upstream]) -> None:
        self._upstreams = upstreams

    async def ask(self, token_for: Callable[[Service], bytes]) -> Parts:
        """Everything, the oldest first."""
        found = await asyncio.gather(*(self._ask(service, token_for(service)) for service in OWNERS))
        items = [one for part in found if part is not None for one in part]
        return Parts(
            sorted(items, key=place_of),
            [service.value for service, part in zip(OWNERS, found, strict=True) if part is None],
        )

    async def _ask(self, service: Service, token: bytes) -> list[StaleItem] | None:
        """Its part; None when it did not answer as it should."""
        try:
            async with asyncio.timeout(SECONDS):
                status, body = await self._upstreams[service].get(PATH, SECONDS, [(HEADER.lower().encode(), token)])
            if status == NOT_THERE:
                return []
            if status != 200:
                return None
            return [StaleItem.model_validate(one) for one in read_object(body).get("items", [])]
        except (OSError, TimeoutError, Problem, ValidationError, TypeError):
            return None


def place_of(item: StaleItem) -> tuple[datetime, str]:
    """Its place in the list."""
    return item.since, f"{item.kind}/{item.subject}"
