"""What stands behind Opsgenie's routes: alerts named by alias or id, requests and their outcome, its own answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from fastapi.responses import JSONResponse

from services.ingest.alerts.fold import Head
from services.ingest.alerts.store.heads import Heads
from services.ingest.compat.opsgenie_outcome import (
    OpsgenieRequest,
    Outcome,
    Wish,
    outcome_of,
    request_for_unknown_alert,
)
from services.ingest.intake.api.cloudevents import read_body
from services.ingest.intake.api.delivery import Delivery, HttpIntake
from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.dedup_key import HEAD, former_head_id, head_id, head_of, key_space
from services.ingest.sources import opsgenie
from shared.callers.identity import Identity
from shared.problem import Problem, malformed
from shared.telemetry import trace
from shared.vocabulary import AlertStatus

PATIENCE_SECONDS = 2.0
"""How long an outcome that is not known yet is waited for."""
_LOOK_SECONDS = 0.05


class IdentifierType(StrEnum):
    """What an identifier in the address is."""

    ID = "id"
    ALIAS = "alias"
    TINY = "tiny"


@dataclass(frozen=True, slots=True)
class Named:
    """An alert as an address names it. Only those of the caller's own integration can be named."""

    identifier: str
    kind: IdentifierType


class OpsgenieRequests:
    """Accepts what Opsgenie's clients ask for, and tells what became of it."""

    def __init__(self, heads: Heads, http_intake: HttpIntake) -> None:
        self._heads = heads
        self._http_intake = http_intake

    async def create(self, delivery: Delivery) -> JSONResponse:
        """Accept the alert in a delivery."""
        try:
            payload, notes = read_object(delivery, required=True)
        except Problem as problem:
            return self._refuse(delivery, problem)
        wrong = opsgenie.faults(payload)
        if wrong:
            return _unprocessable(wrong)
        (alert,) = opsgenie.read(payload, delivery.at)
        return await self._accept(delivery, alert.with_notes(notes), Wish.CREATE)

    async def act(self, delivery: Delivery, named: Named, wish: Wish, *, member: str | None = None) -> JSONResponse:
        """Accept what is to become of a named alert; `member` of the body is the text that an update gives it."""
        try:
            payload, _ = read_object(delivery, required=member is not None)
        except Problem as problem:
            return self._refuse(delivery, problem)
        if member is not None and (not isinstance(payload.get(member), str) or not payload[member].strip()):
            return _unprocessable({member: f"{member.capitalize()} can not be empty."})
        if named.kind is IdentifierType.ALIAS:
            return await self._accept(delivery, _alert_of(wish, named.identifier, payload), wish)
        found = await self.find(named, delivery.identity)
        if found is None:
            return _accepted_answer(request_for_unknown_alert(wish))
        alert = replace(_alert_of(wish, found.key, payload), source=found.source, drill_id=found.drill_id)
        return await self._accept(delivery, alert, wish)

    async def find(self, named: Named, identity: Identity) -> Head | None:
        """The head of a named alert."""
        if named.kind is IdentifierType.ALIAS:
            former = former_head_id(identity.integration_id, opsgenie.SOURCE.id, named.identifier, None)
            wanted = [head_id(_space(identity), named.identifier, None), former]
        else:
            wanted = [head_of(named.identifier)]
        known = await self._heads.by_ids(wanted)
        return next((known[one] for one in wanted if one in known and _is_own(known[one], identity)), None)

    async def outcome(self, asked: OpsgenieRequest, identity: Identity) -> Outcome | None:
        """What became of a request, waiting a little for it; None: nothing yet."""
        left = PATIENCE_SECONDS
        while True:
            head = (await self._heads.by_ids([asked.head])).get(asked.head)
            if head is not None and not _is_own(head, identity):
                return None
            became = outcome_of(asked, head)
            if became is not None or left <= 0:
                return became
            await asyncio.sleep(_LOOK_SECONDS)
            left -= _LOOK_SECONDS

    async def _accept(self, delivery: Delivery, alert: ReceivedAlert, wish: Wish) -> JSONResponse:
        (one,) = (await self._http_intake.accept(delivery, [alert])).alerts
        head = head_id(_space(delivery.identity), one.key, alert.drill_id)
        return _accepted_answer(OpsgenieRequest(wish, head, one.stamp))

    def _refuse(self, delivery: Delivery, problem: Problem) -> JSONResponse:
        self._http_intake.keep_if_malformed(delivery, problem)
        return error_answer(problem.status, problem.detail)


def _space(identity: Identity) -> str:
    return key_space(identity.integration_id, identity.key_id)


def _is_own(head: Head, identity: Identity) -> bool:
    """True for an alert of the caller's own keys: an integration's, else of the very API key that sent it.

    Whose an alert without an integration was under the former rule nobody knows: only keys of all teams see it.
    """
    if head.id.startswith(HEAD):
        return head.id == head_id(_space(identity), head.key, head.drill_id)
    return head.integration_id == identity.integration_id and (head.integration_id is not None or not identity.teams)


def read_object(delivery: Delivery, *, required: bool) -> tuple[dict[str, Any], Sequence[str]]:
    """The JSON object in a body, which may be missing where none is required, and what was mended about its letters.

    Raises a 400 `Problem`.
    """
    if not required and not delivery.content().strip():
        return {}, ()
    payload = read_body(delivery)
    if not isinstance(payload.value, dict):
        raise malformed("The body is not a JSON object.")
    return payload.value, payload.notes


def alert_data(head: Head, named: Named) -> dict[str, Any] | None:
    """An alert as Opsgenie shows it; None when it is not the one that is named."""
    seen = head.occurrence
    if seen is None or (named.kind is not IdentifierType.ALIAS and seen.id != named.identifier):
        return None
    return {
        "id": seen.id,
        "tinyId": seen.id,
        "alias": head.key,
        "message": seen.content.title,
        "description": seen.content.description,
        "status": "open" if seen.status.is_open else "closed",
        "acknowledged": seen.status is AlertStatus.ACKNOWLEDGED,
        "count": seen.count,
        "source": seen.content.labels.get("source", head.source),
        "createdAt": seen.starts_at.isoformat(),
        "details": dict(seen.content.labels),
        "tags": [tag for tag in seen.content.labels.get("tags", "").split(",") if tag],
    }


def data_answer(data: dict[str, Any], request_id: str | None = None) -> JSONResponse:
    """200 with `data`."""
    return JSONResponse({"data": data, "took": 0.0, "requestId": request_id or _request_id()})


def error_answer(status: int, message: str, **more: Any) -> JSONResponse:
    """Opsgenie's shape of an error."""
    return JSONResponse({"message": message, **more, "took": 0.0, "requestId": _request_id()}, status)


def _alert_of(wish: Wish, alias: str, payload: dict[str, Any]) -> ReceivedAlert:
    if wish is Wish.UPDATE:
        return opsgenie.edit(alias, message=payload.get("message"), description=payload.get("description"))
    return opsgenie.act(Action.RESOLVE if wish is Wish.CLOSE else Action.ACKNOWLEDGE, alias)


def _accepted_answer(asked: OpsgenieRequest) -> JSONResponse:
    return JSONResponse({"result": "Request will be processed", "took": 0.0, "requestId": asked.id}, 202)


def _unprocessable(errors: dict[str, str]) -> JSONResponse:
    return error_answer(422, "Request body is not processable. Please check the errors.", errors=errors)


def _request_id() -> str:
    context = trace.current()
    return context.correlation if context else ""
