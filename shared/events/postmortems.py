"""What the incident service tells of post-mortems, once they are published."""

from __future__ import annotations

from datetime import datetime

from shared.events.envelope import Fact


class PostmortemFact(Fact):
    """A published post-mortem, as search and reviews need it. Sections are Markdown, by their names."""

    id: str
    incident_id: str
    title: str
    sections: dict[str, str] = {}
    service_id: str | None = None
    team: str | None = None
    drill: bool = False
    imported: bool = False
    published_at: datetime | None = None
    """None: it was withdrawn."""
