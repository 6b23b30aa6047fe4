"""That somebody holds a role in an incident, as the incident keeps it.

What the role asked of its holder is copied into it, so the holder goes on by what was read then.
"""

from __future__ import annotations

from datetime import datetime

from shared.events import Fact


class Assignment(Fact):
    """Somebody holds, or held, a role in an incident; the times are UTC."""

    role: str
    name: str
    duties: list[str]
    user_id: str
    since: datetime
    ended_at: datetime | None = None
