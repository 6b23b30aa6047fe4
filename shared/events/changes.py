"""What ingest tells of changes: deploys, flags, configurations, whatever somebody did to a service."""

from __future__ import annotations

from datetime import datetime

from shared.events.envelope import Fact


class ChangeFact(Fact):
    """One change. It is told once and never changes; who made it stays with ingest, for events name no people."""

    id: str
    summary: str
    service_id: str | None = None
    """The service, where ingest knows it."""
    service_claim: str | None = None
    """The words by which the sender named the service, where it did."""
    version: str | None = None
    environment: str | None = None
    url: str | None = None
    labels: dict[str, str] = {}
    source: str
    """Who told of it: the tool, or what the body calls itself."""
    integration_id: str | None = None
    at: datetime
    """When it happened, as its sender says."""
    recorded_at: datetime
