"""Opsgenie's alert API, as its clients know it: 202 with a request id, by which the outcome can be asked.

`identifierType` is `alias`, `id` or `tiny`; an alert's id is both. 422 with `errors` for what Opsgenie refuses, 400
for what is no JSON object.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse

from services.ingest.compat.api.opsgenie_requests import (
    IdentifierType,
    Named,
    OpsgenieRequests,
    alert_data,
    data_answer,
    error_answer,
)
from services.ingest.compat.api.opsgenie_schema import ACCEPTED, ALERT, CREATE, EDIT, NOTE, OUTCOME, answers, body_of
from services.ingest.compat.opsgenie_outcome import Wish, parse_id
from services.ingest.intake.api.delivery import HttpIntake
from services.ingest.sources import opsgenie
from shared.clocks.clock import Now
from shared.vocabulary import Role
from shared.web import Caller

Identifier = Annotated[str, Path(min_length=1, max_length=1000)]
Kind = Annotated[IdentifierType, Query(alias="identifierType")]

_ONE = "/v2/alerts/{identifier:path}"  # an alias may hold slashes


def routes(requests: OpsgenieRequests, http_intake: HttpIntake) -> APIRouter:
    """What creates and changes alerts: `POST /v2/alerts`, and what is below it."""
    routes = APIRouter(tags=["alerts"])

    @routes.post("/v2/alerts", status_code=202, openapi_extra=body_of(CREATE), responses=answers(202, ACCEPTED))
    async def create(request: Request, identity: Caller) -> JSONResponse:
        """Create an alert, or add to the open one of the same alias, as Opsgenie does."""
        async with http_intake.take(request, identity, opsgenie.SOURCE.id) as delivery:
            return await requests.create(delivery)

    for path, wish in ((f"{_ONE}/close", Wish.CLOSE), (f"{_ONE}/acknowledge", Wish.ACKNOWLEDGE)):
        _add_wish(routes, requests, http_intake, path=path, wish=wish)
    for member in EDIT:
        _add_edit(routes, requests, http_intake, member)
    return routes


def _add_wish(routes: APIRouter, requests: OpsgenieRequests, http_intake: HttpIntake, *, path: str, wish: Wish) -> None:
    @routes.post(
        path,
        status_code=202,
        name=f"{wish.value}_alert",
        summary=f"{wish.value.capitalize()} an alert, as Opsgenie does",
        openapi_extra=body_of(NOTE, required=False),
        responses=answers(202, ACCEPTED),
    )
    async def act(
        identifier: Identifier, request: Request, identity: Caller, kind: Kind = IdentifierType.ID
    ) -> JSONResponse:
        async with http_intake.take(request, identity, opsgenie.SOURCE.id) as delivery:
            return await requests.act(delivery, Named(identifier, kind), wish)


def _add_edit(routes: APIRouter, requests: OpsgenieRequests, http_intake: HttpIntake, member: str) -> None:
    @routes.put(
        f"{_ONE}/{member}",
        status_code=202,
        name=f"update_{member}",
        summary=f"Give an open alert another {member}, as Opsgenie does",
        openapi_extra=body_of(EDIT[member]),
        responses=answers(202, ACCEPTED),
    )
    async def edit(
        identifier: Identifier, request: Request, identity: Caller, kind: Kind = IdentifierType.ID
    ) -> JSONResponse:
        async with http_intake.take(request, identity, opsgenie.SOURCE.id) as delivery:
            return await requests.act(delivery, Named(identifier, kind), Wish.UPDATE, member=member)


def read_routes(requests: OpsgenieRequests, clock: Now) -> APIRouter:
    """`GET /v2/alerts/requests/{id}` and `GET /v2/alerts/{identifier}`."""
    routes = APIRouter(tags=["alerts"])

    @routes.get("/v2/alerts/requests/{request_id}", responses=answers(200, OUTCOME))
    async def request_status(request_id: Identifier, identity: Caller) -> JSONResponse:
        """What became of a request; 404 while it is not processed yet."""
        identity.require(Role.INTEGRATION)
        asked = parse_id(request_id)
        became = None if asked is None else await requests.outcome(asked, identity)
        if asked is None or became is None:
            return error_answer(404, "Request not found. It might not be processed, yet.")
        data = {
            "success": became.is_success,
            "isSuccess": became.is_success,
            "action": asked.wish.value.capitalize(),
            "processedAt": clock.now().isoformat(),
            "integrationId": identity.integration_id,
            "status": became.status,
            "alertId": became.alert_id,
            "alias": became.alias,
        }
        return data_answer(data, request_id)

    @routes.get(_ONE, responses=answers(200, ALERT))
    async def get_alert_of_sender(
        identifier: Identifier, identity: Caller, kind: Kind = IdentifierType.ID
    ) -> JSONResponse:
        """An alert of the caller's integration, as Opsgenie shows it."""
        identity.require(Role.INTEGRATION)
        named = Named(identifier, kind)
        head = await requests.find(named, identity)
        data = alert_data(head, named) if head is not None else None
        return error_answer(404, "Alert not found") if data is None else data_answer(data)

    return routes
