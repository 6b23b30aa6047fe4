"""What the house tells itself: keys, and requests to hear the facts again."""

from __future__ import annotations

from datetime import datetime

from shared.events.envelope import Fact
from shared.vocabulary import Role


class KeyFact(Fact):
    """An API or integration key. The key itself is never told, only its SHA-256."""

    id: str
    name: str
    role: Role
    digest: str
    """Lower-case hexadecimal SHA-256 of the key."""
    teams: list[str] = []
    integration_id: str | None = None
    integration_kind: str | None = None
    integration_service_id: str | None = None
    expires_at: datetime | None = None
    revoked: bool = False


class ReplayRequest(Fact):
    """Owners of these event types answer with a snapshot of their subjects to the asker's queue."""

    types: list[str]
    reply_to: str
    """The name of the queue that takes the snapshots."""
