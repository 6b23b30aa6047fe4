"""Slack's Web API as far as pages need it: one call is one POST, and whatever goes wrong is an outcome."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from services.comms.delivery.outcome import Outcome, down, refused
from services.comms.slack.responses import read_answer
from shared.outside import outbound
from shared.outside.outbound import Leave

ANYWHERE = ("0.0.0.0/0", "::/0")
"""The API's address is the operator's choice, not a receiver's: it may be inside the house."""
ANSWER_LIMIT_BYTES = 1024 * 1024


class Unsuccessful(Exception):
    """A call that was not carried out; `error` is Slack's word for it, where it said one."""

    def __init__(self, outcome: Outcome, error: str = "") -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome
        self.error = error


class SlackApi:
    """Calls one workspace's API with a bot's token, over connections of its own that are kept alive."""

    def __init__(self, url: str, token: str, *, timeout_seconds: float, allow: Iterable[str] = ANYWHERE) -> None:
        """Raises `outbound.Refused` for what is no web address; `allow` as for `outbound.Outbound`."""
        self.destination = outbound.destination(url)
        self._url = url.rstrip("/")
        self._token = token
        self._timeout = timeout_seconds
        self._http = outbound.Outbound(allow, connections=32)

    async def json(
        self, method: str, members: Mapping[str, Any], now: datetime, leave: Leave | None = None
    ) -> dict[str, Any]:
        """Call a method that takes JSON. Raises `Unsuccessful`, and what `leave` raises."""
        body = json.dumps(members, ensure_ascii=False).encode("utf-8", "replace")
        return await self._call(method, body, "application/json; charset=utf-8", now, leave)

    async def form(self, method: str, members: Mapping[str, str], now: datetime) -> dict[str, Any]:
        """Call a method that takes a form only. Raises `Unsuccessful`."""
        return await self._call(method, urlencode(members).encode(), "application/x-www-form-urlencoded", now, None)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()

    async def _call(
        self, method: str, body: bytes, content_type: str, now: datetime, leave: Leave | None
    ) -> dict[str, Any]:
        try:
            answer = await self._http.post(
                f"{self._url}/{method}",
                body,
                {"content-type": content_type, "authorization": f"Bearer {self._token}"},
                timeout_seconds=self._timeout,
                answer_limit_bytes=ANSWER_LIMIT_BYTES,
                leave=leave,
            )
        except outbound.Refused as error:
            raise Unsuccessful(refused(str(error))) from error
        except outbound.OutboundError as error:
            raise Unsuccessful(down(f"Slack can't be reached: {error}")) from error
        members, failure = read_answer(answer.status, answer.headers, answer.body, now)
        if failure is not None:
            raise Unsuccessful(failure, str(members.get("error", "")))
        return members
