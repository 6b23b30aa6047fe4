"""Whose alerts and changes a caller may see: a key that is limited to teams sees those of its teams' services."""

from __future__ import annotations

from services.ingest.catalogue_copy.routing import Directory, fold_service
from shared.callers.identity import Identity


def visible_services(directory: Directory, identity: Identity, service: str | None) -> tuple[str, ...] | None:
    """The services (folded) to list, of which `service` is the one asked for; None: all."""
    wanted = None if service is None else fold_service(service)
    if not identity.teams:
        return None if wanted is None else (wanted,)
    own = [fold_service(one) for one in directory.of_teams(identity.teams)]
    return tuple(one for one in own if wanted in (None, one))
