"""What ingest tells of changes: deploys, flags, configurations, whatever somebody did to a service."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.events.alerts import Link
from shared.events.envelope import Fact


class ChangeKind(StrEnum):
    """What was done, as far as the sender says."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    RELEASE = "release"
    """A version was published; that it runs anywhere is not said."""
    BUILD = "build"
    CODE = "code"
    REMOVAL = "removal"
    CONFIG = "config"
    FLAG = "flag"
    OTHER = "other"


class ChangeFact(Fact):
    """One change. It is told once and never changes; who made it stays with ingest, for events name no people."""

    id: str
    summary: str
    service_id: str | None = None
    """The service, where ingest knows it."""
    service_claim: str | None = None
    """The words by which the sender named the service, where it did."""
    kind: ChangeKind = ChangeKind.OTHER
    version: str | None = None
    environment: str | None = None
    url: str | None = None
    labels: dict[str, str] = {}
    links: list[Link] = []
    source: str
    """Who told of it: the tool, or what the body calls itself."""
    integration_id: str | None = None
    teams: list[str] = []
    """The teams that its sender's key is limited to: no other team's service is meant. None: any may be."""
    at: datetime
    """When it happened, as its sender says."""
    recorded_at: datetime
