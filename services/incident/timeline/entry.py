"""The timeline: what happened to an incident, oldest first, never changed once written.

What the system itself writes names people by their ids only. An entry's id is derived from its cause, so writing it
twice is harmless; entries of one change sort in the order they were decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.events import Fact
from shared.ids import derive_id

SYSTEM = "tocsin"
"""The author of what the system writes."""

MAX_ENTRY = 10_000


class EntryKind(StrEnum):
    """What an entry tells of. People may use words of their own."""

    OPENED = "opened"
    ALERT = "alert"
    STATUS = "status"
    SEVERITY = "severity"
    PRIORITY = "priority"
    PAGE = "page"
    ESCALATION = "escalation"
    SNOOZE = "snooze"
    MERGE = "merge"
    ROLE = "role"
    TASK = "task"
    SLA = "sla"
    CORRECTION = "correction"
    PARTICIPANT = "participant"
    NOTE = "note"
    POSTMORTEM = "postmortem"
    RESOLUTION = "resolution"
    CHANGE = "change"
    RUNBOOK = "runbook"
    SLO = "slo"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry to be, as a decision words it."""

    kind: EntryKind
    text: str
    author: str = SYSTEM


class Entry(Fact):
    """An entry of the timeline; `at` is in UTC."""

    id: str
    incident_id: str
    at: datetime
    kind: str
    author: str
    text: str


def entries_of(incident_id: str, version: int, at: datetime, lines: tuple[Line, ...]) -> list[Entry]:
    """The entries that the change to `version` of an incident writes."""
    return [
        Entry(
            id=f"{version:09d}.{number:02d}.{incident_id}",
            incident_id=incident_id,
            at=at,
            kind=line.kind,
            author=line.author,
            text=line.text[:MAX_ENTRY],
        )
        for number, line in enumerate(lines)
    ]


def entry_caused_by(incident_id: str, at: datetime, line: Line, *cause: object) -> Entry:
    """An entry whose id comes from its cause: the same cause writes the same entry."""
    return Entry(
        id=derive_id(incident_id, *cause, prefix="x"),
        incident_id=incident_id,
        at=at,
        kind=line.kind,
        author=line.author,
        text=line.text[:MAX_ENTRY],
    )
