"""What the endpoints below `/services` begin and end with: the service, if it is the caller's, and a guarded write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Response

from services.incident.access import require_scope
from services.incident.catalogue.api.views import ServiceView, service_view
from services.incident.catalogue.service_definition import Service
from services.incident.catalogue.store.services import Catalogue
from shared.aggregates import settle_races
from shared.identity import Identity
from shared.problem import not_found
from shared.web import etag

IfMatch = Annotated[str | None, Header(description='The version that the caller saw, as in `ETag`: "7"')]


async def written(catalogue: Catalogue, id: str, decide: Callable[[Service | None], Service]) -> Service:
    """The service after what `decide` makes of it, decided again when somebody else was faster."""
    outcome: list[Service] = []

    async def attempt() -> set[str]:
        before = await catalogue.get(id)
        after = decide(before)
        if after == before:
            outcome[:] = [after]
            return set()
        lost = await catalogue.commit(before, after)
        outcome[:] = [after.model_copy(update={"version": (before.version if before else 0) + 1})]
        return lost

    await settle_races(attempt)
    return outcome[0]


def existing(id: str, service: Service | None, caller: Identity) -> Service:
    """The service, to be changed. Raises a `Problem`: 404 when there is none, 403 when it is another team's."""
    if service is None or service.deleted:
        raise not_found("service", id)
    require_scope(caller.teams, service.team)
    return service


def shown(service: Service, response: Response) -> ServiceView:
    """The service as it stands, its version in the answer's `ETag`."""
    response.headers["ETag"] = etag(service.version)
    return service_view(service)
