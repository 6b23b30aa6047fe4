"""Where a step wants to run, and on whose behalf. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SANDBOX, MATCH = "sandbox", "match"


@dataclass(frozen=True, slots=True)
class PlaceRequest:
    """Where a script is to run, and on whose behalf."""

    on: str
    """`sandbox`, `match` or a target's id."""
    runbook_id: str | None = None
    runbook_team: str | None = None
    """None: it is everybody's."""
    service_team: str | None = None
    """Of the incident's service; a machine that is found by `match` is this team's."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the alert."""
