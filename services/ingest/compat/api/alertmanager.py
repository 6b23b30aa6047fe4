"""Alertmanager's own API, as far as those need it that post alerts: Prometheus, `amtool` and their kin.

Answered 200 when the broker has confirmed every alert, which is what these clients know as success.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.ingest.intake.api.cloudevents import read_body
from services.ingest.intake.api.delivery import HttpIntake
from services.ingest.sources import prometheus
from shared.problem import Problem
from shared.vocabulary import Role
from shared.web import Caller

_ALERT: dict[str, Any] = {
    "type": "object",
    "required": ["labels"],
    "properties": {
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
        "startsAt": {"type": "string", "format": "date-time"},
        "endsAt": {"type": "string", "format": "date-time", "description": "In the future: it fires so long."},
        "generatorURL": {"type": "string"},
    },
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": _ALERT},
                "example": prometheus.SOURCE.example.body,
            }
        },
    }
}


class ClusterView(BaseModel):
    """There is no cluster of Alertmanagers here."""

    status: str = "disabled"
    peers: list[str] = []


class ConfigView(BaseModel):
    """There is no configuration file either."""

    original: str = ""


class VersionView(BaseModel):
    """Whose API this is."""

    version: str = "tocsin"
    revision: str = ""
    branch: str = ""
    buildUser: str = ""  # noqa: N815 - Alertmanager's name
    buildDate: str = ""  # noqa: N815
    goVersion: str = ""  # noqa: N815


class StatusView(BaseModel):
    """What Alertmanager's clients ask for before they post."""

    cluster: ClusterView = ClusterView()
    config: ConfigView = ConfigView()
    versionInfo: VersionView = VersionView()  # noqa: N815
    uptime: datetime


def routes(http_intake: HttpIntake, started_at: datetime) -> APIRouter:
    """`/api/v2/alerts` and `/api/v2/status`."""
    routes = APIRouter(tags=["alerts"])

    @routes.post("/api/v2/alerts", status_code=200, response_class=Response, openapi_extra=_BODY)
    async def post_alerts(request: Request, identity: Caller) -> Response:
        """Take alerts in, as Alertmanager does."""
        async with http_intake.take(request, identity, prometheus.SOURCE.id) as delivery:
            try:
                alerts = await http_intake.read(delivery, read_body(delivery), prometheus.SOURCE.id)
            except Problem as problem:
                http_intake.keep_if_malformed(delivery, problem)
                raise
            await http_intake.accept(delivery, alerts)
            return Response(status_code=200)

    @routes.get("/api/v2/status")
    async def alertmanager_status(identity: Caller) -> StatusView:
        """Says that this is Tocsin, in the shape of Alertmanager's status."""
        identity.require(Role.INTEGRATION)
        return StatusView(uptime=started_at)

    return routes
