"""What is kept of a pattern beside what its incidents say: people's notes, and when it last proposed. Pure."""

from __future__ import annotations

from datetime import datetime

from shared.stored import Stored


class KeptPattern(Stored):
    """What is kept of a pattern."""

    id: str
    version: int = 0
    notes: str = ""
    notes_by: str | None = None
    proposed_at: datetime | None = None
    """When an action was last proposed against it."""
