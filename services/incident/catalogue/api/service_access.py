"""What the endpoints below `/services` begin and end with: the service, if it is the caller's, and a guarded write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Response

from services.incident.access import require_scope
from services.incident.catalogue.api.views import ServiceView, service_view
from services.incident.catalogue.service_definition import Service
from services.incident.catalogue.store.services import Catalogue
from shared.callers.identity import Identity
from shared.outbox.races import decide_and_commit
from shared.problem import not_found
from shared.web import etag

IfMatch = Annotated[str | None, Header(description='The version that the caller saw, as in `ETag`: "7"')]


async def write_service(catalogue: Catalogue, id: str, decide: Callable[[Service | None], Service]) -> Service:
    """The service after what `decide` makes of it, decided again when somebody else was faster."""

    async def commit(decided: tuple[Service | None, Service]) -> set[str]:
        before, after = decided
        return set() if after == before else await catalogue.commit(before, after)

    before, after = await decide_and_commit(lambda: catalogue.get(id), lambda before: (before, decide(before)), commit)
    if after == before:
        return after
    return after.changed(version=(before.version if before else 0) + 1)


def require_service(id: str, service: Service | None, caller: Identity) -> Service:
    """The service, to be changed. Raises a `Problem`: 404 when there is none, 403 when it is another team's."""
    if service is None or service.deleted:
        raise not_found("service", id)
    require_scope(caller.teams, service.team)
    return service


def show_service(service: Service, response: Response) -> ServiceView:
    """The service as it stands, its version in the answer's `ETag`."""
    response.headers["ETag"] = etag(service.version)
    return service_view(service)
