"""Asks the owners, with the caller's own token: once per write, for all the ids that it names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from services.gateway.proxy.upstream import Upstream
from services.gateway.references.rules import (
    Reference,
    ReferenceKind,
    is_import,
    references_in,
    references_of_import,
    rule_for,
    unknown_reference,
    without_stored,
)
from services.gateway.request import Call
from services.gateway.requests.json_body import read_object
from services.gateway.requests.routes import Service
from shared.callers.identity import HEADER
from shared.problem import unavailable

LOOKUP = "/lookup"
IMPORT_REFERENCES = "/import-references"
ASK_SECONDS = 3.0
READ_SECONDS = 20.0
"""For the incident service to read a file of thousands of services."""
_JSON = (b"content-type", b"application/json")
TokenFor = Callable[[Service], bytes]
"""The caller's token for one service."""
_AT_ONCE = 64 * 1024
"""What is longer is read beside the event loop."""


class References:
    """Refuses a write that names what is not there."""

    def __init__(self, upstreams: Mapping[Service, Upstream]) -> None:
        self._incident = upstreams[Service.INCIDENT]
        self._oncall = upstreams[Service.ONCALL]

    async def require_known(self, call: Call, body: bytes, token: TokenFor) -> None:
        """Raise a `Problem`: 422 with a pointer for what is unknown, 503 when its owner can't be asked.

        What the service behind will refuse for another reason passes: that reason is the better answer.
        """
        if is_import(call.method, call.path):
            await self._require(await self._of_file(call.query, body, token), token)
            return
        rule = rule_for(call.method, call.path)
        if rule is None:
            return
        content = read_object(body) if len(body) < _AT_ONCE else await asyncio.to_thread(read_object, body)
        named = references_in(rule, content)
        if not named:
            return
        if rule.stored_at is None:
            teams = call.key.teams if call.key is not None else ()
            if teams and content.get("team") not in teams:
                return  # not theirs to make
            await self._require(named, token)
            return
        missing = await self._missing(named, token)
        if unknown_reference(named, missing) is None:
            return
        status, answer = await self._incident.get(
            quote(rule.stored_at), ASK_SECONDS, [_identity(token(Service.INCIDENT))]
        )
        if status >= 500:
            raise unavailable("What this changes can't be read just now; nothing was done.")
        if status == 200 and (problem := unknown_reference(without_stored(named, rule, read_object(answer)), missing)):
            raise problem

    async def _of_file(self, query: bytes, body: bytes, token: TokenFor) -> list[Reference]:
        target = IMPORT_REFERENCES + (f"?{query.decode('latin-1')}" if query else "")
        headers = [_identity(token(Service.INCIDENT)), (b"content-type", b"application/yaml")]
        status, answer = await self._incident.post(target, READ_SECONDS, headers, body)
        if status >= 500:
            raise unavailable("The file can't be read just now; nothing was done.")
        # what is wrong with the file itself is told by the import
        return references_of_import(await asyncio.to_thread(read_object, answer)) if status == 200 else []

    async def _require(self, named: Sequence[Reference], token: TokenFor) -> None:
        if named and (problem := unknown_reference(named, await self._missing(named, token))):
            raise problem

    async def _missing(self, named: Sequence[Reference], token: TokenFor) -> dict[ReferenceKind, Any]:
        asked = {kind.value: sorted({one.id for one in named if one.kind is kind}) for kind in ReferenceKind}
        status, answer = await self._oncall.post(
            LOOKUP, ASK_SECONDS, [_identity(token(Service.ONCALL)), _JSON], json.dumps(asked).encode()
        )
        if status != 200:
            raise unavailable("Whether there is what this names can't be told just now; nothing was done.")
        told = read_object(answer).get("missing", {})
        return {kind: frozenset(told.get(kind.value, ())) for kind in ReferenceKind}


def _identity(token: bytes) -> tuple[bytes, bytes]:
    return HEADER.lower().encode(), token
