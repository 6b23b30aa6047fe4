"""A change as the incident service remembers it: what was done to which service, when, and what came of it.

A deploy was followed by an incident when one began on its own service within `FOLLOWED_WITHIN`; how often that happens
to a service's deploys is their base rate, without which every deploy before an incident looks guilty.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.incident.catalogue.service_definition import DRAWN_ID, Service
from shared.events.alerts import Link
from shared.events.changes import ChangeFact, ChangeKind
from shared.stored import Stored
from shared.vocabulary import UNROUTED

FOLLOWED_WITHIN = timedelta(minutes=30)
ROLLED_OUT = frozenset({ChangeKind.DEPLOY, ChangeKind.ROLLBACK})
"""What counts among a service's deploys."""


class Change(Stored):
    """A change that is remembered. `service` is its service's id, else the sender's word for it, else `unrouted`."""

    id: str
    summary: str
    service: str
    named: str
    """How people call the service: as the sender did, but for an id that nobody chose."""
    kind: ChangeKind = ChangeKind.OTHER
    version: str | None = None
    environment: str | None = None
    url: str | None = None
    labels: dict[str, str] = {}
    links: list[Link] = []
    source: str
    integration_id: str | None = None
    at: datetime
    recorded_at: datetime

    @property
    def is_deploy(self) -> bool:
        """It counts among its service's deploys."""
        return self.kind in ROLLED_OUT


def place_change(fact: ChangeFact, service: Service) -> Change:
    """The change that a fact tells of; `service` is where the catalogue places it, `unrouted` when nobody knows."""
    known = service.id if service.id != UNROUTED else fact.service_id or fact.service_claim or UNROUTED
    claim = fact.service_claim
    named = claim if claim and not claim.startswith(DRAWN_ID) else service.name if service.id == known else known
    stated = {name: getattr(fact, name) for name in Change.model_fields if name not in ("service", "named")}
    return Change(service=known, named=named, **stated)
