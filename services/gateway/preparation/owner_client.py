"""Asks ingest and the incident service, with the caller's own token for each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from services.gateway.keys.api.key_management import KeyManagement
from services.gateway.keys.key import Key, to_identity
from services.gateway.preparation.questions import (
    PREPARED,
    Instant,
    instant_of,
    is_drill,
)
from services.gateway.proxy.upstream import Upstream
from services.gateway.request import Call
from services.gateway.requests.json_body import read_object
from services.gateway.requests.routes import Service
from shared.callers.identity import HEADER
from shared.clocks.clock import Now
from shared.problem import Fault, Problem, invalid, unavailable
from shared.questions.drill import SCENARIO
from shared.questions.rehearsal import ALERTS, INCIDENTS

ASK_SECONDS = 5.0
TokenFor = Callable[[Service], bytes]
"""The caller's token for one service."""


class Preparation:
    """Puts what others know into a request's body."""

    def __init__(self, upstreams: Mapping[Service, Upstream], key_management: KeyManagement, clock: Now) -> None:
        self._upstreams = upstreams
        self._key_management = key_management
        self._clock = clock

    async def prepare(self, call: Call, body: bytes, key: Key, token: TokenFor) -> bytes:
        """The body with what others were asked for it.

        A body that on-call will refuse goes as it is. Raises the `Problem` of whoever is asked, and 503 when one of
        them does not answer.
        """
        content = await asyncio.to_thread(read_object, body)
        if not content:
            return body
        told = {name: value for name, value in content.items() if name != PREPARED}
        ask = self._for_drill if is_drill(call.method, call.path) else self._for_rehearsal
        answer = await ask(told, key, token)
        return _written(told if answer is None else {**told, PREPARED: answer})

    async def _for_rehearsal(self, content: dict[str, Any], key: Key, token: TokenFor) -> dict[str, Any] | None:
        """What the alert or incident would be; None where that is not asked."""
        has_alert, has_incident = content.get("alert") is not None, isinstance(content.get("incident"), str)
        instant = instant_of(content.get("at"), self._clock.now())
        if has_alert is has_incident or instant is None:
            return None
        answer = await (
            self._alerts(content, instant, key, token) if has_alert else self._incident(content, instant, token)
        )
        return {**answer, "at": instant.at.isoformat()}

    async def _for_drill(self, content: dict[str, Any], _: Key, token: TokenFor) -> dict[str, Any] | None:
        """What the past incident was like; None where none is played again."""
        scenario = content.get("scenario")
        named = scenario.get("incident") if isinstance(scenario, dict) else None
        if not isinstance(named, str):
            return None
        return await self._ask_about("/scenario/incident", SCENARIO, {"incident_id": named[:200]}, token)

    async def _alerts(self, content: dict[str, Any], instant: Instant, key: Key, token: TokenFor) -> dict[str, Any]:
        question = _alerts_question(content, instant, await self._integration(content, key))
        told = await self._ask(Service.INGEST, ALERTS, question, token)
        asked = {"alerts": told.get("alerts", []), "at": instant.at.isoformat(), "is_past": instant.is_past}
        return await self._ask(Service.INCIDENT, INCIDENTS, asked, token)

    async def _incident(self, content: dict[str, Any], instant: Instant, token: TokenFor) -> dict[str, Any]:
        asked = {"incident_id": content["incident"][:200], "at": instant.at.isoformat(), "is_past": instant.is_past}
        return await self._ask_about("/incident", INCIDENTS, asked, token)

    async def _ask_about(self, pointer: str, path: str, asked: dict[str, Any], token: TokenFor) -> dict[str, Any]:
        """What the incident service says of an incident. Raises a 422 `Problem` where the caller sees none such."""
        try:
            return await self._ask(Service.INCIDENT, path, asked, token)
        except Problem as problem:
            if problem.status == 404:
                raise invalid(pointer, problem.detail, "unknown_reference") from None
            raise

    async def _integration(self, content: dict[str, Any], key: Key) -> Key | None:
        named = content.get("integration_id")
        if not isinstance(named, str):
            return None
        try:
            return await self._key_management.get(to_identity(key), named, integration=True)
        except Problem as problem:
            if problem.status == 404:
                raise invalid("/integration_id", problem.detail, "unknown_reference") from None
            raise

    async def _ask(self, service: Service, path: str, question: dict[str, Any], token: TokenFor) -> dict[str, Any]:
        headers = [(HEADER.lower().encode(), token(service)), (b"content-type", b"application/json")]
        status, answer = await self._upstreams[service].post(path, ASK_SECONDS, headers, _written(question))
        content = await asyncio.to_thread(read_object, answer)
        if status == 200:
            return content
        raise _refusal(status, content, service)


def _alerts_question(content: dict[str, Any], instant: Instant, integration: Key | None) -> dict[str, Any]:
    """What ingest is asked; the alert goes as it is."""
    source = content.get("source")
    named = None
    if integration is not None:
        named = {
            "id": integration.id,
            "kind": integration.integration_kind,
            "service_id": integration.service_id,
            "teams": list(integration.teams),
        }
    return {
        "alert": content["alert"],
        "source": source[:100] if isinstance(source, str) else None,
        "integration": named,
        "at": instant.at.isoformat(),
        "is_past": instant.is_past,
    }


def _written(content: dict[str, Any]) -> bytes:
    """As JSON that holds whatever a sender's alert may hold: half surrogates, and numbers that are none."""
    return json.dumps(content).encode()


def _refusal(status: int, content: dict[str, Any], service: Service) -> Problem:
    """What the service answered, as the answer to the caller; a failure of its own is a 503."""
    if not 400 <= status < 500:
        return unavailable(f"The {service.value} service can't tell just now; nothing was done.")
    errors = content.get("errors")
    return Problem(
        status,
        str(content.get("code", "refused")),
        str(content.get("detail", "")),
        errors=[
            Fault(str(one.get("pointer", "")), str(one.get("detail", "")))
            for one in (errors if isinstance(errors, list) else [])
            if isinstance(one, dict)
        ],
    )
