"""What of an incident is kept for clusters and their shares: little, for all of it is held in memory. Pure."""

from __future__ import annotations

from datetime import datetime

from shared.stored import Stored
from shared.vocabulary import Category, Severity

LONGEST_TEXT = 300
"""Characters that are kept of a cause or of what fixed it."""
MOST_FIXES = 5


class ClusteredIncident(Stored):
    """An incident as clusters know it."""

    id: str
    title: str
    created_at: datetime
    service_id: str | None = None
    service_name: str | None = None
    team: str | None = None
    severity: Severity
    category: Category
    counts: bool
    """False for drills, and for what was merged into another incident, which is the one that counts."""
    resolved_at: datetime | None = None
    components: tuple[str, ...] = ()
    cause: str = ""
    fixes: tuple[str, ...] = ()
    preventive: tuple[str, ...] = ()
