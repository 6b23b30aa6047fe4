"""Asks a Prometheus for what a query gave over a time."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlencode

from shared.outside.outbound import Answer, Outbound

STEP_SECONDS = 15
TIMEOUT_SECONDS = 10.0
LARGEST_BYTES = 16 * 1024 * 1024
EVERYWHERE = ("0.0.0.0/0", "::/0")
"""Who runs Tocsin named the address: it may be inside."""


class PrometheusClient:
    """One Prometheus. `url` may hold a user, a password and a path before `/api`."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._outbound = Outbound(EVERYWHERE)

    async def query_range(self, query: str, start: datetime, end: datetime) -> Answer:
        """The answer for the time from `start` to `end`, of every fifteen seconds. Raises `OutboundError`."""
        asked = urlencode(
            {"query": query, "start": start.timestamp(), "end": end.timestamp(), "step": STEP_SECONDS}, quote_via=quote
        )
        return await self._outbound.call(
            "POST",
            f"{self._url}/api/v1/query_range",
            asked.encode(),
            {"content-type": "application/x-www-form-urlencoded"},
            timeout_seconds=TIMEOUT_SECONDS,
            answer_limit_bytes=LARGEST_BYTES,
        )

    async def close(self) -> None:
        """End its connections."""
        await self._outbound.close()
