"""A service of the catalogue, as far as on-call needs to know it."""

from __future__ import annotations

from dataclasses import dataclass

from shared.events.incidents import ServiceFact


@dataclass(frozen=True, slots=True)
class CatalogueService:
    """A service, the team that owns it, and the escalation policy that its incidents follow, if it names any."""

    id: str
    name: str
    team: str | None = None
    policy_id: str | None = None
    needs: tuple[str, ...] = ()
    """The services that it fails with, by id."""


def read_service(fact: ServiceFact) -> CatalogueService:
    """The service that a fact tells of."""
    return CatalogueService(
        id=fact.id,
        name=fact.name,
        team=fact.team,
        policy_id=fact.escalation_policy_id,
        needs=tuple(one.service_id for one in fact.depends_on if one.hard),
    )
