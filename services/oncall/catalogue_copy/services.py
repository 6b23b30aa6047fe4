"""A service of the catalogue, as far as on-call needs to know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CatalogueService:
    """A service, the team that owns it, and the escalation policy that its incidents follow, if it names any."""

    id: str
    name: str
    team: str | None = None
    policy_id: str | None = None


def read_service(fact: Mapping[str, Any]) -> CatalogueService:
    """A service from the stored members of its fact."""
    return CatalogueService(
        id=str(fact["id"]), name=str(fact["name"]), team=fact.get("team"), policy_id=fact.get("escalation_policy_id")
    )
